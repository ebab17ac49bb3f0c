/** Invents films: titles, years and genres. */
import type { RandomStream } from '../../random.js';

/** A film that was never made. */
export interface InventedItem {
  /** Ends with the year in parentheses, as in MovieLens. Has no comma and no quote. */
  readonly title: string;
  readonly year: number;
  /** One to three, the first the main one. */
  readonly genres: readonly string[];
}

/** Something that a user may like: a genre, around one year. */
export interface Taste {
  readonly genre: string;
  readonly year: number;
}

/** The words for the titles of each genre. */
const vocabulary: Readonly<Record<string, { adjectives: string; nouns: string; places: string }>> =
  {
    Action: {
      adjectives: 'Burning Iron Relentless Last Broken Rapid Crimson Final',
      nouns: 'Convoy Pursuit Detonator Standoff Vanguard Ambush Mercenary Payload',
      places: 'Port_Kessel the_Harbour Sector_Nine the_Bridge',
    },
    Adventure: {
      adjectives: 'Lost Uncharted Golden Hidden Distant Forgotten Wild Endless',
      nouns: 'Expedition Compass Caravan Island Voyage Summit Cartographer River',
      places: 'Amaruk the_Far_Shore Lake_Onira the_Salt_Road',
    },
    Animation: {
      adjectives: 'Little Clockwork Singing Paper Sleepy Bright Tiny Upside-Down',
      nouns: 'Lighthouse Fox Robot Kite Orchestra Turtle Balloon Snowman',
      places: 'Button_Hill Marmalade_Bay the_Moon the_Attic',
    },
    Children: {
      adjectives: 'Magic Runaway Brave Curious Invisible Striped Flying Secret',
      nouns: 'Puppy Treehouse Wagon Teacher Circus Penguin Bicycle Holiday',
      places: 'Maple_Street Camp_Willow the_Zoo Class_Four',
    },
    Comedy: {
      adjectives: 'Accidental Second-Best Awkward Unlikely Perfect Borrowed Lucky Hopeless',
      nouns: 'Wedding Landlord Roommate Vacation Butler Reunion Detour Inheritance',
      places: 'Poughton the_Suburbs Table_Nine Apartment_6B',
    },
    Crime: {
      adjectives: 'Dirty Quiet Double Honest Crooked Silent Velvet Midnight',
      nouns: 'Ledger Alibi Informant Heist Verdict Accomplice Racket Syndicate',
      places: 'Dockside Canal_Street the_Ninth_Precinct Bellmare',
    },
    Documentary: {
      adjectives: 'Living Hidden Unseen Vanishing Counted Ordinary Common Deep',
      nouns: 'Harvest Glacier Archive Foundry Migration Orchestra Village Reef',
      places: 'the_North the_Delta Ward_Twelve the_Valley',
    },
    Drama: {
      adjectives: 'Long Tender Faithful Broken Bitter Patient Winter Unspoken',
      nouns: 'Letters Daughters Orchard Silence Promise Garden Farewell Harbour',
      places: 'Saint_Orwen the_Old_House Elm_County the_Coast',
    },
    Fantasy: {
      adjectives: 'Silver Enchanted Eternal Thorned Sleeping Runic Starlit Hollow',
      nouns: 'Dragon Crown Sorceress Oath Griffin Mirror Throne Prophecy',
      places: 'Eldermoor the_Hollow_Wood Karth the_Seventh_Gate',
    },
    'Film-Noir': {
      adjectives: 'Black Smoky Crooked Lonely Fatal Rain-Soaked Pale Late',
      nouns: 'Alley Cigarette Widow Shadow Stranger Gimlet Trench Telegram',
      places: 'Marlow_Avenue Pier_13 Union_Station the_Blue_Room',
    },
    Horror: {
      adjectives: 'Screaming Cursed Hungry Pale Rotting Whispering Nameless Buried',
      nouns: 'Cellar Doll Asylum Well Teeth Ritual Orphanage Caller',
      places: 'Gallows_Farm Cabin_Five Hollow_Creek the_Basement',
    },
    Musical: {
      adjectives: 'Dancing Swinging Golden Moonlit Marvelous Tapping Grand Jubilant',
      nouns: 'Chorus Encore Serenade Waltz Footlights Melody Revue Ballroom',
      places: 'Broadway_Lane the_Riviera Club_Paradise the_Opera',
    },
    Mystery: {
      adjectives: 'Missing Sealed Second Vanished Locked Anonymous Third Veiled',
      nouns: 'Witness Portrait Key Passenger Cipher Clock Manuscript Guest',
      places: 'Greystone_Manor the_Night_Train Room_217 Fenwick',
    },
    Romance: {
      adjectives: 'Sweet Stolen Summer Shy Almost Secret Distant Rainy',
      nouns: 'Kiss Postcards Encounter Bouquet Hearts Sonata Embrace Bakery',
      places: 'Lisbon Verona_Street the_Pier Paris',
    },
    'Sci-Fi': {
      adjectives: 'Quantum Orbital Synthetic Parallel Frozen Infinite Binary Stellar',
      nouns: 'Colony Signal Android Paradox Horizon Starship Protocol Nebula',
      places: 'Europa Station_K7 Proxima Sector_Zero',
    },
    Thriller: {
      adjectives: 'Fatal Silent Hostile Trusted Cold Wrong Perfect Blind',
      nouns: 'Hostage Deadline Intruder Surveillance Defector Trigger Motive Neighbour',
      places: 'Exit_14 the_Embassy Flight_309 Berlin',
    },
    War: {
      adjectives: 'Fallen Muddy Forgotten Last Brave Scarlet Frozen Distant',
      nouns: 'Battalion Trench Bugle Armistice Regiment Frontier Medic Bridge',
      places: 'Hill_60 Dunmark the_Eastern_Front Fort_Ansel',
    },
    Western: {
      adjectives: 'Dusty Lonesome Six Wild Honest Dry Rusted Outlaw',
      nouns: 'Sheriff Stagecoach Saddle Homestead Marshal Gulch Rider Showdown',
      places: 'Redrock Dry_Creek the_Badlands Fort_Mercy',
    },
  };

const genres = Object.keys(vocabulary);

/** One taste for each genre, spread over the decades, and a second one, of another time, for every second genre. */
export const tastes: readonly Taste[] = [
  ...genres.map((genre, g) => ({ genre, year: 1950 + ((g * 17) % 60) })),
  ...genres
    .filter((_, g) => g % 2 === 0)
    .map((genre, g) => ({ genre, year: 1958 + ((g * 23 + 30) % 55) })),
];

/** Invents films. Each has the genre of a taste, a year near the taste's, and a title of the genre's words. */
export function inventItems(count: number, random: RandomStream): InventedItem[] {
  const used = new Set<string>();
  return Array.from({ length: count }, () => {
    const taste = tastes[random.integer(tastes.length)]!;
    const others = [...random.permutation(genres.length)]
      .map((g) => genres[g]!)
      .filter((genre) => genre !== taste.genre)
      .slice(0, [0, 0, 1, 1, 1, 2][random.integer(6)]!);
    const year = clamp(Math.round(taste.year + 9 * random.normal()), 1931, 2018);
    return {
      title: inventTitle(taste.genre, year, used, random),
      year,
      genres: [taste.genre, ...others],
    };
  });
}

function inventTitle(genre: string, year: number, used: Set<string>, random: RandomStream): string {
  const words = vocabulary[genre]!;
  const pick = (list: string) => {
    const choices = list.split(' ');
    return choices[random.integer(choices.length)]!.replaceAll('_', ' ');
  };
  for (let attempt = 0; ; attempt++) {
    const adjective = pick(words.adjectives);
    const noun = pick(words.nouns);
    const place = pick(words.places);
    const forms = [
      `The ${adjective} ${noun}`,
      `${adjective} ${noun}`,
      `The ${noun} of ${place}`,
      `${noun} at ${place}`,
      `A ${noun} for ${place}`,
      `The ${adjective} ${noun} of ${place}`,
    ];
    const name = forms[random.integer(forms.length)]!;
    // A large catalogue runs out of words, so sequels get numbers.
    const sequel = attempt < 8 ? '' : ` ${2 + random.integer(attempt)}`;
    const title = `${name.replace(/^A (?=[AEIOU])/, 'An ')}${sequel} (${year})`;
    if (!used.has(title)) {
      used.add(title);
      return title;
    }
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
