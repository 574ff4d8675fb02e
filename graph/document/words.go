package document

import "github.com/karna-registry/karna/model"

// words are the strings that recur in every document, by their stable number
// (enum Word in document.proto). A number is never reused or moved: new words
// go last. A string that is not here is written out.
var words = [...]string{
	1:  "personnummer",
	2:  "samordningsnummer",
	3:  "hetu",
	4:  "tf-nummer",
	5:  "reservnummer",
	6:  "hsa-id",
	7:  "eppn",
	8:  "employee-number",
	9:  "local-id",
	10: "cost-centre",
	11: "organisationsnummer",
	12: "fo-nummer",
	13: "skolenhetskod",
	14: "cfar",
	15: "kommunkod",
	16: "lanskod",
	17: "kuntakoodi",
	18: "distriktskod",
	19: "objektidentitet",
	20: "fnr",
	21: "fastighetsbeteckning",
	22: "service-id",
	23: "klassa",
	24: "sv",
	25: "en",
	26: "fi",
	27: "SE",
	28: "FI",
	29: "AX",
	30: "email",
	31: "phone",
	32: "web",
	33: "work",
	34: "private",
	35: "school",
	36: "function",
	37: "folkbokforing",
	38: "sarskild-post",
	39: "tillfallig",
	40: "post",
	41: "visit",
	42: "location",
	43: "line",
	44: "economy",
	45: "protection",
	46: "sex",
	47: "person-status",
	48: "role-type",
	49: "role-status",
	50: "school-type",
	51: "organisation-type",
	52: "legal-form",
	53: "organisation-status",
	54: "geography-type",
	55: "geography-status",
	56: "service-type",
	57: "service-status",
	58: "target-group",
	59: "life-event",
	60: "language",
	61: "concept-status",
	62: "identity-assurance",
	63: "party",
	64: "none",
	65: "unknown",
	66: "sekretessmarkering",
	67: "skyddad-folkbokforing",
	68: "employment",
	69: "post-holder",
	70: "duty",
	71: "assignment",
	72: "elected-office",
	73: "guardian",
	74: "pupil",
	75: "tenant",
	76: "trustee",
	77: "contact",
	78: "aid",
	79: "ssyk",
	80: "active",
	81: "male",
	82: "female",
}

var wordNumbers = func() map[string]uint64 {
	m := make(map[string]uint64, len(words))
	for n, w := range words {
		if n > 0 {
			m[w] = uint64(n)
		}
	}
	return m
}()

// personal tells whether values of the scheme are personal whoever declares
// what about it. A scheme that nobody declared is for the tenant's policy to
// seal, which shows as a Seal.
func personal(s model.Scheme) bool {
	p := model.ProofOf(s)
	return p.Sealed && len(p.Kinds) > 0
}
