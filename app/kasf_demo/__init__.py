"""kasf-demo: a short sports clip in, the athlete in 3D out."""
