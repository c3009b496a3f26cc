"""OpenSim: a model scaled to the person, and inverse kinematics. The package opensim (extra `opensim`) is imported in a
process of its own, `worker.py`: it writes a log into its working folder, and what it cannot read may crash it."""
