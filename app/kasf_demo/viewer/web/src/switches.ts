// What can be switched on and off: name, text on its button, key, what it means.

export interface Switches {
  overlay: boolean;
  joints: boolean;
  names: boolean;
  trails: boolean;
  angles: boolean;
  errors: boolean;
  others: boolean;
  follow: boolean;
  ghost: boolean;
  ghostMoved: boolean;
}

export const CHIPS: [keyof Switches, string, string, string][] = [
  ["overlay", "On video", "O", "Skeleton over the video"],
  ["joints", "Joints", "J", "Joints as spheres"],
  ["names", "Names", "N", "Names of the joints"],
  ["trails", "Trails", "T", "Trajectories of hands and feet in the last second, and of the pelvis on the floor"],
  ["angles", "Angles", "A", "Plotted angles, shown at their joints"],
  ["errors", "Errors", "E", "Joints with the largest errors, in red"],
  ["others", "Others", "X", "Other people"],
  ["follow", "Follow", "F", "The view follows the athlete"],
  ["ghost", "Ghost", "G", "Keep the current pose as a ghost"],
  ["ghostMoved", "Ghost at athlete", "B", "Show the ghost at the athlete's current position"],
];
