package synth

// Error is one way in which a record comes to say something else than the truth,
// or than another record of the same thing.
type Error struct {
	Set  string
	Name string
	Rate float64 // the probability, each time it could happen
	Of   string  // what it happens to: each of these that has the value
	Text string
}

// Report says what became of the error model in one run.
type Report struct {
	Rows   int
	Errors []Observed
}

// Observed is how often an error could happen, and did.
type Observed struct {
	Error
	Could, Did int64
}

// Errors is the error model: every error of every set, as it is applied.
func Errors() []Error {
	out := make([]Error, 0, len(errorTable))
	for _, e := range errorTable {
		out = append(out, e)
	}
	return out
}

// dice decides on errors by their rates, and counts.
type dice struct{ could, did [errorCount]int64 }

// hits draws for an error that could happen here.
func (d *dice) hits(r *rng, e errorID) bool {
	d.could[e]++
	if !r.chance(errorTable[e].Rate) {
		return false
	}
	d.did[e]++
	return true
}

// one draws one of several errors that share out what is certain to happen:
// their rates make 1.
func (d *dice) one(r *rng, first, last errorID) errorID {
	left := float64(r.next()>>11) / (1 << 53)
	hit := last
	for e := first; e <= last; e++ {
		d.could[e]++
		if left >= 0 {
			if left -= errorTable[e].Rate; left < 0 {
				hit = e
			}
		}
	}
	d.did[hit]++
	return hit
}

func (d *dice) report(set string, rows int) Report {
	out := Report{Rows: rows}
	for i, e := range errorTable {
		if e.Set == set {
			out.Errors = append(out.Errors, Observed{Error: e, Could: d.could[i], Did: d.did[i]})
		}
	}
	return out
}

type errorID int

// The errors; their rates are in errorTable.
const (
	swCoordination errorID = iota
	swNumberMissing
	swNumberTypo
	swNumberTransposed
	swBirthMissing
	swBirthSwapped
	swBirthTypo
	swSexMissing
	swSexWrong
	swMoved
	swRenamed
	swOtherForename
	swNickname
	swInitials
	swNamesSwapped
	swSurnameHalf
	swGivenTypo
	swSurnameTypo
	swGivenSpelling
	swSurnameSpelling
	swFolded
	swUpper
	swAddressMissing
	swStreetAbbreviated
	swFlatDropped
	swStreetTypo
	swHouseNumber
	swPostcodeTypo
	swLocalityMissing
	swPhoneMissing
	swPhoneShared
	swPhoneTypo
	swEmailMissing
	swEmailOther
	swEmailTypo

	feMore
	feGiven
	feSurname
	feNumber
	feAddress1
	feAddress2
	feSuburb
	fePostcode
	feState
	feBirth
	feSocial
	feInsert
	feDelete
	feSubstitute
	feTranspose
	feMisspell
	feSpace
	feEmpty
	feSwap
	feDigitInsert
	feDigitDelete
	feDigitSubstitute
	feDigitTranspose
	feDigitEmpty

	deMore
	deGiven
	deSurname
	deSecond
	deSwapped
	deYear
	deMonth
	deDay

	hiGivenMissing
	hiNickname
	hiMiddle
	hiGivenTypo
	hiSurnameMissing
	hiSurnameOther
	hiSurnameTypo
	hiFullTypo
	hiBirthMissing
	hiBirthNewYear
	hiBirthTypo
	hiPlaceMissing
	hiPlaceOther
	hiPostcodeMissing
	hiPostcodeOther
	hiGenderMissing
	hiOccupationMissing
	hiOccupationOther

	faGivenMissing
	faGivenShort
	faGivenTypo
	faSurnameMissing
	faSurnameTypo
	faNamesSwapped
	faBirthTypo
	faCityMissing
	faCityTypo
	faEmailMissing
	faEmailTypo

	orRenamed
	orMoved
	orNumberMissing
	orNumberTypo
	orCodeMissing
	orOtherWords
	orFormDropped
	orFormOther
	orAnd
	orNameTypo
	orFolded
	orUpper
	orAddressMissing
	orStreetAbbreviated
	orPhoneMissing
	orEmailMissing

	seOtherWords
	seOtherPhrase
	seTopicOnly
	seNameTypo
	seDescriptionMissing
	seUnitMissing
	seURLMissing

	plPositionMissing
	plPositionOff
	plBlockTypo
	plNumberTypo
	plColon
	plTownDropped
	plTownOther
	plShort
	plUpper
	plStreetTypo
	plStreetAbbreviated
	plEntrance
	plFlat
	plPostcodeMissing
	plLocalityMissing

	roNumberMissing
	roNumberTypo
	roNameTypo
	roNickname
	roTitleOther
	roUnitOther
	roCodeMissing
	roExtentMissing
	roExtentOther
	roFromOff
	roToMissing
	roEmailMissing

	errorCount
)

// errorTable is the error model.
var errorTable = [errorCount]Error{
	swCoordination:      {"swedish", "coordination-number", .02, "person", "had a samordningsnummer before the personnummer: earlier records have it"},
	swNumberMissing:     {"swedish", "number-missing", .20, "record", "no personnummer"},
	swNumberTypo:        {"swedish", "number-typo", .015, "personnummer", "one digit is another, so that the check digit no longer agrees"},
	swNumberTransposed:  {"swedish", "number-transposed", .01, "personnummer", "two neighbouring digits swapped, check digit broken"},
	swBirthMissing:      {"swedish", "birth-missing", .08, "record", "no birth date"},
	swBirthSwapped:      {"swedish", "birth-swapped", .004, "birth date whose day can be a month", "day and month swapped"},
	swBirthTypo:         {"swedish", "birth-typo", .012, "birth date", "year, month or day off by one or a ten"},
	swSexMissing:        {"swedish", "sex-missing", .15, "record", "no sex"},
	swSexWrong:          {"swedish", "sex-wrong", .002, "sex", "the other sex"},
	swMoved:             {"swedish", "moved", .22, "household, and grown-up child or single", "moved: earlier records have the old address"},
	swRenamed:           {"swedish", "renamed", .12, "adult", "took another surname (a partner's, a double, or a new one): earlier records have the old one"},
	swOtherForename:     {"swedish", "other-forename", .03, "record of a person with several given names", "another given name than the one used"},
	swNickname:          {"swedish", "nickname", .02, "given name with a nickname", "Kalle for Karl"},
	swInitials:          {"swedish", "initials", .03, "record of a person with several given names", "second given name as an initial"},
	swNamesSwapped:      {"swedish", "names-swapped", .008, "record", "given name and surname in each other's place"},
	swSurnameHalf:       {"swedish", "surname-half", .25, "record of a person with a double surname", "one of the two surnames"},
	swGivenTypo:         {"swedish", "given-typo", .02, "given name", "a slip of the fingers, an ear or a scanner"},
	swSurnameTypo:       {"swedish", "surname-typo", .02, "surname", "a slip of the fingers, an ear or a scanner"},
	swGivenSpelling:     {"swedish", "given-spelling", .015, "given name", "another spelling of the same sound"},
	swSurnameSpelling:   {"swedish", "surname-spelling", .015, "surname", "another spelling of the same sound"},
	swFolded:            {"swedish", "folded", .06, "record with å, ä, ö or é", "written without: a, o, e, or aa, ae, oe"},
	swUpper:             {"swedish", "case", .05, "record", "all in capitals or all in small letters"},
	swAddressMissing:    {"swedish", "address-missing", .06, "record", "no street, postcode or locality"},
	swStreetAbbreviated: {"swedish", "street-abbreviated", .12, "street that can be", "Storg., Björkv."},
	swFlatDropped:       {"swedish", "flat-dropped", .40, "address with a flat", "the flat's number left out"},
	swStreetTypo:        {"swedish", "street-typo", .02, "street", "one edit"},
	swHouseNumber:       {"swedish", "house-number", .01, "street", "another house number"},
	swPostcodeTypo:      {"swedish", "postcode-typo", .01, "postcode", "one digit is another"},
	swLocalityMissing:   {"swedish", "locality-missing", .03, "address", "no locality"},
	swPhoneMissing:      {"swedish", "phone-missing", .40, "record", "no phone number"},
	swPhoneShared:       {"swedish", "phone-shared", .20, "phone of a household", "the household's number instead of one's own (children: always)"},
	swPhoneTypo:         {"swedish", "phone-typo", .01, "phone", "one digit is another"},
	swEmailMissing:      {"swedish", "email-missing", .50, "record", "no e-mail address"},
	swEmailOther:        {"swedish", "email-other", .10, "e-mail", "another address of the same person"},
	swEmailTypo:         {"swedish", "email-typo", .01, "e-mail", "one edit"},

	feMore:            {"febrl", "more", .60, "modification, at most 10 a record and 2 a field", "one more modification in the same record"},
	feGiven:           {"febrl", "field-given-name", .13, "modification", "is of the given name"},
	feSurname:         {"febrl", "field-surname", .14, "modification", "is of the surname"},
	feNumber:          {"febrl", "field-street-number", .07, "modification", "is of the street number"},
	feAddress1:        {"febrl", "field-address-1", .15, "modification", "is of the street"},
	feAddress2:        {"febrl", "field-address-2", .20, "modification", "is of the property"},
	feSuburb:          {"febrl", "field-suburb", .12, "modification", "is of the suburb"},
	fePostcode:        {"febrl", "field-postcode", .07, "modification", "is of the postcode"},
	feState:           {"febrl", "field-state", .02, "modification", "is of the state: another state, or none"},
	feBirth:           {"febrl", "field-birth", .05, "modification", "is of the birth date"},
	feSocial:          {"febrl", "field-soc-sec-id", .05, "modification", "is of the number"},
	feInsert:          {"febrl", "insert", .15, "modification of text", "a letter put in"},
	feDelete:          {"febrl", "delete", .17, "modification of text", "a letter left out"},
	feSubstitute:      {"febrl", "substitute", .20, "modification of text", "a letter is another"},
	feTranspose:       {"febrl", "transpose", .13, "modification of text", "two letters swapped"},
	feMisspell:        {"febrl", "misspell", .20, "modification of text", "another spelling of the same sound"},
	feSpace:           {"febrl", "space", .05, "modification of text", "a space put in or left out"},
	feEmpty:           {"febrl", "empty", .05, "modification of text", "the value is missing"},
	feSwap:            {"febrl", "swap", .05, "modification of text", "words in another order; given name and surname swapped"},
	feDigitInsert:     {"febrl", "digit-insert", .05, "modification of digits", "a digit put in (not in dates, postcodes and numbers of fixed length: substitute)"},
	feDigitDelete:     {"febrl", "digit-delete", .05, "modification of digits", "a digit left out (likewise)"},
	feDigitSubstitute: {"febrl", "digit-substitute", .60, "modification of digits", "a digit is another"},
	feDigitTranspose:  {"febrl", "digit-transpose", .25, "modification of digits", "two digits swapped"},
	feDigitEmpty:      {"febrl", "digit-empty", .05, "modification of digits", "the value is missing (postcodes and numbers: substitute)"},

	deMore:    {"german", "two-errors", .30, "duplicate", "a second error, in another field"},
	deGiven:   {"german", "given-typo", .28, "error", "one edit in the given name"},
	deSurname: {"german", "surname-typo", .30, "error", "one edit in the surname"},
	deSecond:  {"german", "second-name", .06, "error", "a second given name lost or come"},
	deSwapped: {"german", "names-swapped", .03, "error", "given name and surname in each other's place"},
	deYear:    {"german", "year", .11, "error", "another year of birth: one digit, or two swapped"},
	deMonth:   {"german", "month", .10, "error", "another month"},
	deDay:     {"german", "day", .12, "error", "another day"},

	hiGivenMissing:      {"historical", "given-missing", .02, "record", "no first name"},
	hiNickname:          {"historical", "nickname", .18, "first name with a nickname", "bill for william"},
	hiMiddle:            {"historical", "middle-name", .06, "record of a person with a middle name", "middle name as first name"},
	hiGivenTypo:         {"historical", "given-typo", .12, "first name", "one spelling error"},
	hiSurnameMissing:    {"historical", "surname-missing", .02, "record", "no surname"},
	hiSurnameOther:      {"historical", "surname-other", .09, "record", "another name: a wife's own, or a title's"},
	hiSurnameTypo:       {"historical", "surname-typo", .16, "surname", "one spelling error"},
	hiFullTypo:          {"historical", "full-name-typo", .10, "full name", "an error that the parts do not have"},
	hiBirthMissing:      {"historical", "birth-missing", .10, "record", "no birth date"},
	hiBirthNewYear:      {"historical", "birth-1-january", .20, "birth date", "only the year was known: 1 January"},
	hiBirthTypo:         {"historical", "birth-typo", .12, "birth date", "one digit, or day and month swapped"},
	hiPlaceMissing:      {"historical", "place-missing", .15, "record", "no birth place"},
	hiPlaceOther:        {"historical", "place-other", .20, "birth place", "another place nearby or of the family"},
	hiPostcodeMissing:   {"historical", "postcode-missing", .20, "record", "no postcode"},
	hiPostcodeOther:     {"historical", "postcode-other", .50, "postcode", "another one: mostly of the same district"},
	hiGenderMissing:     {"historical", "gender-missing", .15, "record", "no gender"},
	hiOccupationMissing: {"historical", "occupation-missing", .35, "record", "no occupation"},
	hiOccupationOther:   {"historical", "occupation-other", .15, "occupation", "another occupation"},

	faGivenMissing:   {"fake1000", "given-missing", .17, "record", "no first name"},
	faGivenShort:     {"fake1000", "given-short", .04, "first name", "cut short: Rob for Robert"},
	faGivenTypo:      {"fake1000", "given-typo", .20, "first name", "letters left out or swapped"},
	faSurnameMissing: {"fake1000", "surname-missing", .18, "record", "no surname"},
	faSurnameTypo:    {"fake1000", "surname-typo", .24, "surname", "letters left out or swapped"},
	faNamesSwapped:   {"fake1000", "names-swapped", .05, "record", "first name and surname in each other's place"},
	faBirthTypo:      {"fake1000", "birth-typo", .28, "birth date", "one part off"},
	faCityMissing:    {"fake1000", "city-missing", .19, "record", "no city"},
	faCityTypo:       {"fake1000", "city-typo", .22, "city", "letters left out or swapped"},
	faEmailMissing:   {"fake1000", "email-missing", .20, "record", "no e-mail"},
	faEmailTypo:      {"fake1000", "email-typo", .20, "e-mail", "letters left out or swapped"},

	orRenamed:           {"organisations", "renamed", .10, "company and unit", "has another name than before: earlier records have the old one"},
	orMoved:             {"organisations", "moved", .12, "organisation", "has another address than before"},
	orNumberMissing:     {"organisations", "number-missing", .35, "record", "no organisationsnummer; that of units, schools and preschools is their owner's"},
	orNumberTypo:        {"organisations", "number-typo", .01, "number", "one digit is another, check digit broken"},
	orCodeMissing:       {"organisations", "code-missing", .45, "unit, school and preschool", "no unit code"},
	orOtherWords:        {"organisations", "other-words", .35, "name of an association, unit, school or preschool", "the name in other words, short, or as an acronym"},
	orFormDropped:       {"organisations", "form-dropped", .20, "company", "legal form left out"},
	orFormOther:         {"organisations", "form-other", .25, "legal form", "before the name, in full, with points"},
	orAnd:               {"organisations", "and", .40, "name with &", "och, o or close together"},
	orNameTypo:          {"organisations", "name-typo", .04, "name", "one spelling error"},
	orFolded:            {"organisations", "folded", .06, "name with å, ä, ö", "written a, o"},
	orUpper:             {"organisations", "upper", .15, "name", "capitals"},
	orAddressMissing:    {"organisations", "address-missing", .20, "record", "no address"},
	orStreetAbbreviated: {"organisations", "street-abbreviated", .20, "street that can be", "Storg."},
	orPhoneMissing:      {"organisations", "phone-missing", .45, "record", "no phone"},
	orEmailMissing:      {"organisations", "email-missing", .50, "record", "no e-mail"},

	seOtherWords:         {"services", "other-words", .25, "record", "another word for what it is about"},
	seOtherPhrase:        {"services", "other-phrase", .55, "record", "Söka …, … – ansökan"},
	seTopicOnly:          {"services", "topic-only", .06, "record", "only what it is about, not what one does"},
	seNameTypo:           {"services", "name-typo", .02, "record", "one spelling error"},
	seDescriptionMissing: {"services", "description-missing", .30, "record", "no description"},
	seUnitMissing:        {"services", "unit-missing", .40, "record", "no unit"},
	seURLMissing:         {"services", "url-missing", .40, "record", "no address on the web"},

	plPositionMissing:   {"places", "position-missing", .45, "record", "no position"},
	plPositionOff:       {"places", "position-off", .50, "position", "up to 40 metres off in each direction"},
	plBlockTypo:         {"places", "designation-typo", .03, "designation", "one spelling error in the name"},
	plNumberTypo:        {"places", "designation-number", .01, "designation", "one digit is another"},
	plColon:             {"places", "colon", .10, "designation with a colon", "3;12, 3-12"},
	plTownDropped:       {"places", "town-dropped", .40, "designation", "without the municipality; a block with Kv or without"},
	plTownOther:         {"places", "town-other", .30, "designation with municipality", "municipality after, or with kommun, kn"},
	plShort:             {"places", "short", .30, "designation of Väster-", "V:"},
	plUpper:             {"places", "upper", .35, "record", "capitals"},
	plStreetTypo:        {"places", "street-typo", .04, "address", "one spelling error"},
	plStreetAbbreviated: {"places", "street-abbreviated", .25, "street that can be", "Storg."},
	plEntrance:          {"places", "entrance", .50, "number with an entrance", "1A, 1 a"},
	plFlat:              {"places", "flat", .25, "address", "a flat's number after it; the thing is the entrance"},
	plPostcodeMissing:   {"places", "postcode-missing", .15, "address", "no postcode"},
	plLocalityMissing:   {"places", "locality-missing", .10, "address", "no locality"},

	roNumberMissing: {"roles", "number-missing", .25, "record", "no personnummer"},
	roNumberTypo:    {"roles", "number-typo", .01, "personnummer", "one digit is another, check digit broken"},
	roNameTypo:      {"roles", "name-typo", .03, "record", "one spelling error in a name"},
	roNickname:      {"roles", "nickname", .06, "given name with a nickname", "Kalle for Karl"},
	roTitleOther:    {"roles", "title-other", .40, "record", "the title in other words, or short"},
	roUnitOther:     {"roles", "unit-other", .35, "record", "the unit in other words"},
	roCodeMissing:   {"roles", "code-missing", .40, "record", "no unit code"},
	roExtentMissing: {"roles", "extent-missing", .25, "record", "no extent"},
	roExtentOther:   {"roles", "extent-other", .12, "extent", "another extent: what is worked, not what is agreed"},
	roFromOff:       {"roles", "from-off", .20, "record", "starts the month's first, or some days later"},
	roToMissing:     {"roles", "to-missing", .30, "record", "no end"},
	roEmailMissing:  {"roles", "email-missing", .40, "record", "no e-mail"},
}
