/** Where a home is: its folder, and its store. */

export { homePlace, placeAt, shownPlace, storeFlag } from '../../data/store/place.js';
