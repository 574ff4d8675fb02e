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
}
