/** The containers whose names the manifest of a run says. */
export const INVENTORY_CONTAINERS = {
  inventory: 'inventory',
  /** Who holds which license: apart, for fewer readers. */
  assignments: 'assignments',
} as const;
