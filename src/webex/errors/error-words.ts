const toWords = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * The words that are kept of an error text of Webex: those of the documented error texts, of products, and of API
 * errors at large. Source of the documented ones: https://developer.webex.com/admin/docs/api/v1/licenses. A word that
 * may be a person's name does not belong here.
 */
export const KNOWN_WORDS: ReadonlySet<string> = new Set(
  toWords(`
    a able about above accept accepted access account accounts accounttype action activated activation active add
    added adding addition admin administrator after again agent agents all allow allowed already also an analog and
    another any anymore api app application applied apply are argument array as assign assigned assignee assigning
    assignment assignments at attempt attendant attendee attendees attribute authenticated authentication authorization
    authorized available bad base basic be because been before begin being belong belongs between billing body both bound
    bulk busy but by call called caller calling calls can cancelled cannot capacity cause change changed changes
    changing channel character characters check client closed cluster code codes collaboration combination
    compatible complete completed concurrent condition conditions configuration configured conflict conflicting conflicts
    connection consent console constraint constraints contact contain contains content control correct corresponding
    could count country create created credentials current currently customer cx data database date deactivated
    declined default defined delete deleted denied dependency deprovisioned desk device devices did different digits
    directory disabled displayname display do does domain domains done down downgrade duplicate duplicated during e164
    each either eligible email emails emergency empty enable enabled encoding end ended endpoint enough entitled
    entitlement entitlements entity enterprise error errors essential essentials event events exceed exceeded exceeds
    exception exclude exclusive exist existing exists expected experience expired extension extensions external
    failed failure feature field fields find firstname first following for forbidden format found free from full function
    gateway get given global greater group groups has have header help host hosts hot http hub hybrid i id identifier
    identity ids if ignored implicit implicitly in inactive include included incompatible incomplete incorrect
    individual info information insufficient integration internal into invalid invitation invite is issue it item items
    its itself json key lack lacks language last lastname later least left length less license licensed licenses limit
    limited limits line lines linked list location locations locked login longer made main maintenance many malformed
    managed managedby management manager mandatory match matches maximum may media meet meeting meetings member members
    message messages messaging messenger method minimum minutes missing mobile mode modification modified modify moment
    more moved multiple must mutually name named names necessary need needed needs never new next no none not nothing
    now null number numbers object occurred of off offer offers office on once one ones only onto open operation
    operations option or order org organisation organization organizations orgid other others our out outside over own
    owned owner package paid parameter parameters parent parse parsed part partial partially partner password patch path
    payload pending people per permission permissions permitted person personal personid phone phonenumber place plan
    please plus policy pool port portal possible premium prerequisite present prevent previous privilege privileges problem
    process processed processing product products professional profile prohibited properties property provide provided
    provider provisioned provisioning pstn purchased put quantity queue quota range rate reach reached read reason
    received recognised recognized record records reference refused region registered rejected related release
    remaining remove removal removed removing renewed repeat replace request requested requests require required
    requires reset resource resources response restricted result results retry role roles room rooms routing
    same schema scope scopes screen search seat seats second seconds security see server service services session set
    setting settings several share shared should sign simultaneously since site sites siteurl siteurls size so some
    something space specified standard start state status still such suite support supported suspended switch
    synchronization system target team teams temporarily temporary tenant than that the their them then there these
    they this those time timed timeout to together token too too total transaction transfer trial true try two type types
    unable unauthorized unavailable under understood unexpected unique unit units unknown unlicensed unsupported until
    up update updated updating upgrade url urls usage use used user userid username users using valid validate
    validation value values version via video voice voicemail was we webex webinar webinars were when where which while
    whitespace will with within without work workspace workspaces write wrong xml yet you your zero
    s es d didn doesn isn wasn weren couldn shouldn won t
  `),
);

/**
 * The known words that are kept in capitals anywhere: of products and of the API. A name is written in capitals too, so
 * that most other words are kept in capitals only where a sentence begins with them.
 */
export const CAPITAL_WORDS: ReadonlySet<string> = new Set(
  toWords(`
    advanced api app attendant attendee basic bad call calling cloud collaboration console control customer cx
    error essential essentials event events experience extension external forbidden found free host hub hybrid i id ids
    invalid json http internal license licenses location meeting meetings messaging messenger mobile not number
    organization person phone professional pstn request screen service share site space standard suite teams unable unknown
    unauthorized url urls user users value voicemail webex webinar webinars workspace workspaces
  `),
);

/** The known words that are first or last names as well: kept in lower case only. */
export const LOWER_CASE_WORDS: ReadonlySet<string> = new Set(
  toWords(
    'a an as at be begin by date do field fields in key last line lines list long may my no on or place read so to will',
  ),
);
