package model

import "time"

// Statement is one property–value of a record. Original is the text as
// delivered, empty when it equals the normalised value. For a value of a sealed
// scheme the original is sealed with the value and is never here at rest.
type Statement struct {
	Property PropertyID
	Value    Value
	Original string
	Period   Period
}

// Record is what one source says about one thing.
type Record struct {
	Key RecordKey
	// Stamp is the source's own time of this version (SS12000 meta.modified,
	// a mapped column, the delivery's stated date); zero ranks by arrival.
	Stamp time.Time
	// Deleted says that the source no longer has the record; it has no
	// statements then.
	Deleted bool
	// Disclosure narrows who may see the whole record; zero leaves it to the
	// table (and to nothing wider than the kind's own class).
	Disclosure Disclosure
	// Period is when the thing itself exists, as the source says.
	Period     Period
	Statements []Statement
	Issues     []Issue
}

// Severity ranks issues.
type Severity uint8

// The severities.
const (
	Warning Severity = 1 // the value was kept; someone should look
	Failed  Severity = 2 // the value did not pass its rule; kept, but proves nothing
)

// Issue is something wrong with a field that did not stop its record. Text
// holds no personal data: it says the rule, the place and the remedy. Original is
// as sensitive as the field: it is shown to whoever may see the property.
type Issue struct {
	Property PropertyID // 0 when the field maps to none
	Place    string     // "line 12, column birth", "$.data[3].civicNo.value"
	Code     IssueCode
	Text     string
	Severity Severity
	// Original is the field as delivered, no more than MaxOriginal characters of it,
	// with NumberTakenOut for what may be a personal number; empty where the field is.
	Original string
}

// MaxOriginal is how many characters of a bad field an issue keeps.
const MaxOriginal = 200

// OriginalOf is what an issue keeps of a field's text.
func OriginalOf(text string) string {
	text = WithoutDigits(text)
	n := 0
	for i := range text {
		if n++; n > MaxOriginal {
			return text[:i]
		}
	}
	return text
}

// IssueCode is a stable name for a kind of issue, e.g. "identifier-rule".
type IssueCode string

// The issue codes.
const (
	IssueIdentifierRule IssueCode = "identifier-rule" // a value fails its scheme's rule
	IssueUnknownCode    IssueCode = "unknown-code"    // a notation is not in its code list
	IssueBadDate        IssueCode = "bad-date"        // a date does not exist or is not in the stated format
	IssueBadNumber      IssueCode = "bad-number"      // not a number
	IssueBadBoolean     IssueCode = "bad-boolean"     // not true or false in any agreed spelling
	IssueBadPeriod      IssueCode = "bad-period"      // ends before it starts
	IssueBadText        IssueCode = "bad-text"        // invalid encoding or control characters, replaced
	IssueMissing        IssueCode = "missing-value"   // something the model needs is not there
	IssueBadCoordinate  IssueCode = "bad-coordinate"  // outside its reference system
	IssueCardinality    IssueCode = "too-many-values" // a 0..1 property with several at one instant
	IssueBadType        IssueCode = "bad-type"        // not of the type that the format has: a number where a text is meant
	IssueBadContact     IssueCode = "bad-contact"     // not an e-mail address or telephone number
)

// Golden is what the registry says of one thing: a pure function of its
// cluster's live records, decisions, pins and policy.
type Golden struct {
	ID         EntityID
	Kind       Kind
	Revision   Revision
	Disclosure Disclosure // who may see that it exists; protection included
	Period     Period
	// Values are ordered by property, then by rank; current values first.
	Values []GoldenValue
}

// GoldenValue is one surviving value.
type GoldenValue struct {
	Property PropertyID
	Value    Value
	Period   Period
}

// All returns the golden values of one property.
func (g *Golden) All(p PropertyID) []GoldenValue {
	lo := 0
	for lo < len(g.Values) && g.Values[lo].Property < p {
		lo++
	}
	hi := lo
	for hi < len(g.Values) && g.Values[hi].Property == p {
		hi++
	}
	return g.Values[lo:hi]
}

// Rule is the survivorship rule that picked a value. Numbers are stored.
type Rule uint8

// The rules, in the order in which they are tried unless policy says otherwise.
const (
	RuleOnly    Rule = 1  // nothing else was said
	RulePin     Rule = 2  // a steward's override
	RuleMaster  Rule = 3  // the property's declared master source says so
	RuleTrust   Rule = 4  // the highest trust rank says so
	RuleRecency Rule = 5  // the latest stamp says so
	RuleSupport Rule = 6  // most records say so
	RuleOrder   Rule = 7  // nothing separated them: the smallest value in byte order
	RuleMaximum Rule = 8  // protection: the highest level
	RuleAll     Rule = 9  // a many-valued property keeps every value
	RuleGroup   Rule = 10 // came with its group (name parts, address parts)
	RuleHeld    Rule = 11 // protection: once stated, and lowered by nobody since
)

var ruleNames = [...]string{"", "only", "pin", "master", "trust", "recency", "support", "order", "maximum", "all", "group", "held"}

// String is the rule's name as the API spells it.
func (r Rule) String() string {
	if int(r) < len(ruleNames) {
		return ruleNames[r]
	}
	return "unknown"
}

// Support is the evidence for one golden value: Records are indexes into
// Evidence.Members.
type Support struct {
	Rule    Rule
	Records []uint32
}

// Alternative is a value that was said and lost, with who said it and the rule
// by which the winner beat it.
type Alternative struct {
	GoldenValue
	Lost    Rule
	Records []uint32
}

// Evidence stands beside a golden record and is read only when asked for.
// Support is parallel to Golden.Values.
type Evidence struct {
	Members      []EntityID // every record of the cluster, by id; live ones first in no special order
	Support      []Support
	Alternatives []Alternative
}
