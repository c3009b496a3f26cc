declare module "all-messages" {
  import type { Messages } from "./messages/en";
  export const tables: Record<string, Messages>;
}
