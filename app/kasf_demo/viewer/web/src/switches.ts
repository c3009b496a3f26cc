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
  ["overlay", "On picture", "O", "Skeleton over the picture"],
  ["joints", "Joints", "J", "Joints as balls"],
  ["names", "Names", "N", "Names of the joints"],
  ["trails", "Trails", "T", "Paths of hands and feet over the last second, and of the pelvis over the floor"],
  ["angles", "Angles", "A", "The plotted angles at their joints"],
  ["errors", "Errors", "E", "The joints that are farthest off, in red"],
  ["others", "Others", "X", "The other people"],
  ["follow", "Follow", "F", "The view goes along with the athlete"],
  ["ghost", "Ghost", "G", "This moment's pose stays as a ghost"],
  ["ghostMoved", "Ghost at athlete", "B", "The ghost stands where the athlete is now"],
];
