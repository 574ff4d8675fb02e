package model

// Scheme names an identifier scheme. A scheme that means something only within
// a source or a region carries that scope: "employee-number/payroll".
type Scheme string

// The schemes the registry knows. Which rule each has is in the identifier
// functions; what each proves is in Proof.
const (
	Personnummer        Scheme = "personnummer"
	Samordningsnummer   Scheme = "samordningsnummer"
	Hetu                Scheme = "hetu"
	TFNummer            Scheme = "tf-nummer"
	Reservnummer        Scheme = "reservnummer" // scoped by region: reservnummer/01
	HSAID               Scheme = "hsa-id"
	EPPN                Scheme = "eppn"
	EmployeeNumber      Scheme = "employee-number" // scoped by source
	LocalID             Scheme = "local-id"        // scoped by source
	CostCentre          Scheme = "cost-centre"     // scoped by source
	Organisationsnummer Scheme = "organisationsnummer"
	FONummer            Scheme = "fo-nummer"
	Skolenhetskod       Scheme = "skolenhetskod"
	CFAR                Scheme = "cfar"
	Kommunkod           Scheme = "kommunkod"
	Lanskod             Scheme = "lanskod"
	Kuntakoodi          Scheme = "kuntakoodi"
	Distriktskod        Scheme = "distriktskod"
	Objektidentitet     Scheme = "objektidentitet"
	FNR                 Scheme = "fnr"
	Fastighet           Scheme = "fastighetsbeteckning"
	ServiceID           Scheme = "service-id" // scoped by source
	Klassa              Scheme = "klassa"
)

// Base is the scheme without its scope.
func (s Scheme) Base() Scheme {
	for i := 0; i < len(s); i++ {
		if s[i] == '/' {
			return s[:i]
		}
	}
	return s
}

// Scoped narrows a scheme to a scope: the source or region it means something in.
func (s Scheme) Scoped(scope string) Scheme { return s + "/" + Scheme(scope) }

// Proof is what a scheme declares: only unique links; only exclusive separates.
type Proof struct {
	// Kinds are what the scheme identifies. On another kind of thing the
	// identifier is a reference, never what the thing is.
	Kinds []Kind
	// Unique: two live holders of one valid value are the same thing.
	Unique bool
	// Exclusive names the group in which one thing has one value at a time, so
	// that two different valid ones separate; empty if the scheme separates
	// nothing. Swedish and Finnish personal numbers are one group.
	Exclusive string
	// Sealed: the value is personal; it is encrypted at rest.
	Sealed bool
}

var proofs = map[Scheme]Proof{
	Personnummer:        {[]Kind{Person}, true, "personal-number", true},
	Samordningsnummer:   {[]Kind{Person}, true, "personal-number", true},
	Hetu:                {[]Kind{Person}, true, "personal-number", true},
	Reservnummer:        {[]Kind{Person}, true, "", true},
	TFNummer:            {[]Kind{Person}, true, "", true},
	HSAID:               {[]Kind{Person, Organisation}, true, "", false},
	EPPN:                {[]Kind{Person}, true, "", false},
	EmployeeNumber:      {[]Kind{Person}, true, "", false},
	LocalID:             {nil, false, "", false},
	CostCentre:          {[]Kind{Organisation}, true, "", false},
	Organisationsnummer: {[]Kind{Organisation}, true, "organisationsnummer", false},
	FONummer:            {[]Kind{Organisation}, true, "fo-nummer", false},
	Skolenhetskod:       {[]Kind{Organisation}, true, "skolenhetskod", false},
	CFAR:                {[]Kind{Organisation}, true, "cfar", false},
	Kommunkod:           {[]Kind{Geography}, true, "kommunkod", false},
	Lanskod:             {[]Kind{Geography}, true, "lanskod", false},
	Kuntakoodi:          {[]Kind{Geography}, true, "kuntakoodi", false},
	Distriktskod:        {[]Kind{Geography}, true, "distriktskod", false},
	Objektidentitet:     {[]Kind{Geography}, true, "", false},
	FNR:                 {[]Kind{Geography}, true, "", false},
	Fastighet:           {[]Kind{Geography}, false, "", false},
	ServiceID:           {[]Kind{Service}, true, "", false},
	Klassa:              {[]Kind{Service}, false, "", false},
}

// ProofOf is what a scheme proves. A scheme that nobody declared proves
// nothing and is sealed: what it holds is unknown.
//
// Employee numbers, cost centres, local service ids, TF numbers and reserve
// numbers are unique only within their scope, so an unscoped one proves nothing.
func ProofOf(s Scheme) Proof {
	base := s.Base()
	p, ok := proofs[base]
	if !ok {
		return Proof{Sealed: true}
	}
	switch base {
	case EmployeeNumber, CostCentre, ServiceID, TFNummer, Reservnummer:
		if base == s {
			p.Unique = false
		}
	}
	return p
}

// Identifies tells whether the scheme says what a thing of the kind is.
func (p Proof) Identifies(k Kind) bool {
	for _, have := range p.Kinds {
		if have == k {
			return true
		}
	}
	return false
}

// Declared tells whether somebody said what the scheme proves, whatever its scope.
func (s Scheme) Declared() bool {
	_, ok := proofs[s.Base()]
	return ok
}

// Schemes lists the declared schemes; the order is not significant.
func Schemes() []Scheme {
	out := make([]Scheme, 0, len(proofs))
	for s := range proofs {
		out = append(out, s)
	}
	return out
}
