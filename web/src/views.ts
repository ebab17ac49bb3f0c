/** The views of the page, in the order of the header. */
export const views = [
  { name: 'Your profile', path: 'profile' },
  { name: 'Users', path: 'user' },
  { name: 'Map', path: 'map' },
  { name: 'Models', path: 'models' },
  { name: 'Compare', path: 'compare' },
  { name: 'Rules', path: 'rules' },
] as const;
