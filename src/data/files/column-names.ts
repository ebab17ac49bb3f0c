/** The names that people give to the columns of a ratings file. */

/** What a column of a ratings file can be for. */
export const purposes = ['user', 'item', 'rating', 'timestamp', 'weight'] as const;
export type Purpose = (typeof purposes)[number];

/** The usual names of columns, in lower case and without punctuation and digits. */
const usualNames: Readonly<Record<Purpose, ReadonlySet<string>>> = {
  user: withSuffixes(
    'user customer client member visitor reviewer listener',
    'id',
    'uid useremail customeremail memberemail',
  ),
  item: withSuffixes('item movie product track song book article', 'id', 'iid sid sku asin isbn'),
  rating: namesIn('rating ratings star stars score overall'),
  timestamp: namesIn(
    'timestamp time date datetime ts createdat orderedat ratedat eventtime unixtime unixreviewtime',
  ),
  weight: namesIn(
    `qty quantity plays playcount count counts weight purchases listens listencount views viewcount
    clicks clickcount units scrobbles times frequency orderqty itemqty itemquantity orderquantity
    lineitemquantity`,
  ),
};

/** Names that mean the same where a header has none of the usual ones. */
const otherNames: Readonly<Record<Purpose, ReadonlySet<string>>> = {
  user: withSuffixes(
    `user customer client member visitor reviewer listener buyer shopper account subscriber consumer
    person patron profile viewer reader player guest student learner patient session cookie`,
    'id key code no number uuid guid name mail ref',
    'email mail emailaddress customeremailaddress buyeremail clientemail',
  ),
  item: withSuffixes(
    `item movie product track song book article film show video game artist album business restaurant
    recipe anime course hotel variant offer listing beer joke podcast episode app document paper
    news goods material dish poi`,
    'id key code no number uuid guid sku ref',
    `parentasin ean gtin upc barcode mbid lineitemsku artistmbid stockcode stockid pageid pageurl url
    placeid contentid`,
  ),
  rating: namesIn(
    `userrating bookrating movierating itemrating productrating reviewrating starrating ratingscore
    ratingvalue reviewscore overallrating grade`,
  ),
  timestamp: namesIn(
    `created createdon createdate createddate creationdate creationtime ordered orderedon orderdate
    ordertime orderdatetime ordertimestamp purchasedate purchasetime purchasedat purchased
    purchasetimestamp paidat invoicedate transactiondate transactiontime saledate reviewdate
    reviewtime reviewedat ratingdate ratingtime ratingtimestamp eventdate eventtimestamp eventat
    watchedat playedat listenedat viewedat clickedat addedat dateadded visitedat visitdate
    occurredat unixtimestamp unix epoch day timestampms timestampus timems`,
  ),
  weight: new Set(),
};

/** Nouns, alone and with each suffix, and other names. */
function withSuffixes(nouns: string, suffixes: string, others: string): ReadonlySet<string> {
  const alone = [...namesIn(nouns)];
  const composed = alone.flatMap((noun) => [...namesIn(suffixes)].map((suffix) => noun + suffix));
  return new Set([...alone, ...composed, ...namesIn(others)]);
}

function namesIn(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** What a column's name says that it is for; null when it says nothing. */
export function purposeOf(name: string): Purpose | null {
  return purposeAmong(usualNames, name);
}

/** What a column's name may say that it is for, where no other column says it better. */
export function possiblePurposeOf(name: string): Purpose | null {
  return purposeAmong(usualNames, name) ?? purposeAmong(otherNames, name);
}

function purposeAmong(
  known: Readonly<Record<Purpose, ReadonlySet<string>>>,
  name: string,
): Purpose | null {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  return purposes.find((purpose) => known[purpose].has(plain)) ?? null;
}
