package paxml

import (
	"strings"
	"time"

	"github.com/karna-registry/karna/ingest"
	"github.com/karna-registry/karna/ingest/draft"
	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

// mapper turns one element into records. It holds only what the header says, so
// it may be used by many at a time.
type mapper struct {
	source       model.Source
	jurisdiction string
	proofOf      func(model.Scheme) model.Proof
	latin1       bool
	company      string // foretagid, else its number
	costCentre   string // the dimension of cost centres
	asOf         model.Date
	stamp        time.Time
}

// Map turns one element into what it says.
func (m *mapper) Map(it ingest.Item) (ingest.Result, error) {
	t := trees.Get().(*tree)
	defer trees.Put(t)
	t.place, t.latin1 = it.Place, m.latin1
	if at := t.parse(it.Raw); at >= 0 {
		return ingest.Result{}, ingest.Errorf(it.Place, "correct it in the source, or deliver the file again", "not XML as PAXml uses it, from byte %d of the element", at)
	}
	var records []*draft.Record
	var err error
	switch e := t.root(); it.Type {
	case itemHeader:
		records = m.header(e)
	case itemUnit:
		records, err = m.unit(e)
	case itemPerson:
		records, err = m.person(e)
	default:
		err = ingest.Errorf(it.Place, "deliver the file again", "no mapping for elements of type %q", it.Type)
	}
	if err != nil {
		return ingest.Result{}, err
	}
	res := ingest.Result{Dropped: t.dropped(), Records: make([]model.Record, len(records))}
	for i, r := range records {
		res.Records[i] = r.Finish()
		if r.Deleted {
			res.Dropped = nil // of what is gone nothing is taken
		}
	}
	return res, nil
}

func (m *mapper) key(kind model.Kind, localID string) model.RecordKey {
	return model.RecordKey{Source: m.source, Kind: kind, LocalID: localID}
}

func (m *mapper) record(kind model.Kind, localID string) *draft.Record {
	r := draft.New(m.key(kind, localID), m.stamp, m.asOf)
	r.Jurisdiction, r.ProofOf = m.jurisdiction, m.proofOf
	return r
}

// companyKey is the key of the header's company.
func (m *mapper) companyKey() model.RecordKey {
	id := "company"
	if m.company != "" {
		id += "/" + m.company
	}
	return m.key(model.Organisation, id)
}

func (m *mapper) companyReference() model.Reference {
	return model.Reference{Key: m.companyKey(), Kind: model.Organisation}
}

// header is the company itself.
func (m *mapper) header(h elem) []*draft.Record {
	for _, known := range []string{"format", "version", "datum", "foretagid"} {
		h.get(known).text() // of the file, not of the company
	}
	r := m.record(model.Organisation, m.companyKey().LocalID)
	number := h.get("foretagorgnr")
	draft.OrganisationNumber(r, ontology.OrgIdentifier, number, strings.TrimSpace(number.text()))
	name := h.get("foretagnamn")
	draft.Text(r, ontology.OrgName, name, name.text(), "sv")
	m.address(r, ontology.OrgAddress, h)
	email, phone, home := h.get("epost"), h.get("telefon"), h.get("hemsida")
	draft.Contact(r, ontology.OrgContact, email, "email", "function", email.text())
	draft.Contact(r, ontology.OrgContact, phone, "phone", "function", phone.text())
	draft.Text(r, ontology.OrgHomepage, home, home.text(), "")
	return []*draft.Record{r}
}

// unit is a result unit: a cost centre, or something that is not an organisation.
func (m *mapper) unit(e elem) ([]*draft.Record, error) {
	dim, id := e.attr("dim"), e.attr("id")
	name := strings.TrimSpace(id.text())
	if name == "" {
		return nil, ingest.Errorf(e.Place(), "give the unit its id in the source", "a result unit without an id has no key")
	}
	if strings.TrimSpace(dim.text()) != m.costCentre {
		e.leave()
		return nil, nil
	}
	r := m.record(model.Organisation, "cost-centre/"+name)
	if deleted(e) {
		r.Deleted = true
		return []*draft.Record{r}, nil
	}
	draft.Identifier(r, ontology.OrgIdentifier, id, model.CostCentre.Scoped(string(m.source)), name)
	label := e.attr("namn")
	draft.Text(r, ontology.OrgName, label, label.text(), "sv")
	r.Add(ontology.OrgType, model.Code{Scheme: "organisation-type", Notation: "cost-centre"}, "")
	r.Link(ontology.OrgParent, m.companyReference(), "economy")
	r.Link(ontology.OrgLegalEntity, m.companyReference(), "")
	return []*draft.Record{r}, nil
}

// deleted tells whether the source says that the element is gone.
func deleted(e elem) bool {
	gone, ok := normalise.Boolean(e.attr("delete").text())
	return ok && gone
}

// person is a person and an employment.
func (m *mapper) person(e elem) ([]*draft.Record, error) {
	number, persnr := e.attr("anstid"), e.attr("persnr")
	id := strings.TrimSpace(number.text())
	if id == "" {
		if pn, err := model.ParsePersonalNumberIn(m.jurisdiction, persnr.text(), m.asOf); err == nil {
			id = pn.Value
		}
	}
	if id == "" {
		return nil, ingest.Errorf(e.Place(), "give the person an employment number (anstid) in the source", "a person without employment number and without a personal number that passes its rule has no key")
	}
	p, role := m.record(model.Person, id), m.record(model.Role, id)
	if deleted(e) {
		p.Deleted, role.Deleted = true, true
		return []*draft.Record{p, role}, nil
	}
	draft.PersonalNumber(p, ontology.PersonIdentifier, persnr, strings.TrimSpace(persnr.text()))
	draft.Identifier(p, ontology.PersonIdentifier, number, model.EmployeeNumber.Scoped(string(m.source)), strings.TrimSpace(number.text()))
	given, family := e.get("fornamn"), e.get("efternamn")
	draft.Text(p, ontology.PersonGivenName, given, given.text(), "")
	draft.Text(p, ontology.PersonFamilyName, family, family.text(), "")
	m.address(p, ontology.PersonAddress, e)
	for _, c := range [...]struct {
		field, medium, use string
		property           model.PropertyID
	}{
		{"epostarb", "email", "work", ontology.PersonEmail},
		{"eposthem", "email", "private", ontology.PersonEmail},
		{"arbetstelefon", "phone", "work", ontology.PersonPhone},
		// hemtelefon is private, and of mobiltelefon the format does not say whose it is:
		// telephone numbers that are not public are never taken (privacy.md 7).
	} {
		v := e.get(c.field)
		draft.Contact(p, c.property, v, c.medium, c.use, v.text())
	}
	m.employment(role, e, p.Key)
	protection(p, e)
	return []*draft.Record{p, role}, nil
}

// protection reads what a program has put into the file of its own, for PAXml has no
// field that says that a person is protected. It may raise a flag and says nothing else.
func protection(p *draft.Record, e elem) {
	for i := 1; i < len(e.t.nodes); i++ {
		n := &e.t.nodes[i]
		if n.kind != 'e' && n.kind != 'a' {
			continue
		}
		read := normalise.ProtectionField(string(e.t.raw[n.name:n.to]))
		if read == nil {
			continue
		}
		at := elem{e.t, int32(i)}
		text := at.text()
		if flag := read(text); flag.Raised() {
			n.used = true
			p.Add(ontology.PersonProtection, model.Code{Scheme: model.ProtectionScheme, Notation: flag.Level.Notation()}, text)
			draft.Issue(p, ontology.PersonProtection, at, text, model.IssueUnknownCode, model.Warning, "PAXml has no field for protected identity; what the program wrote is taken")
		}
	}
}

func (m *mapper) employment(r *draft.Record, e elem, holder model.RecordKey) {
	r.Add(ontology.RoleType, model.Code{Scheme: "role-type", Notation: "employment"}, "")
	r.Link(ontology.RoleHolder, model.Reference{Key: holder, Kind: model.Person}, "")
	r.Link(ontology.RoleEmployer, m.companyReference(), "")
	from, to := e.get("anstdatum"), e.get("avgdatum")
	r.Period = draft.Period(r, from, from.text(), to, to.text())
	title, code := e.get("befattning"), e.get("befattningskod")
	draft.Text(r, ontology.RoleTitle, title, title.text(), "sv")
	draft.Code(r, ontology.RoleOccupation, code, "befattningskod/"+string(m.source), strings.TrimSpace(code.text()))
	extent := e.get("sysgrad")
	before := len(r.Statements)
	draft.Number(r, ontology.RoleExtent, extent, extent.text())
	if since, ok := normalise.Date(extent.attr("datum").text()); ok && len(r.Statements) > before {
		r.Statements[before].Period.From = since
	}

	units := 0
	e.get("resenheter").each("resenhet", func(u elem) {
		if strings.TrimSpace(u.attr("dim").text()) != m.costCentre {
			return
		}
		u.take()
		id := u.attr("id")
		name := strings.TrimSpace(id.text())
		switch units++; {
		case name == "":
			draft.Issue(r, ontology.RoleOrganisation, u, "", model.IssueMissing, model.Failed, "a cost centre without an id leads nowhere; correct it in the source")
		case units > 1:
			draft.Issue(r, ontology.RoleOrganisation, u, name, model.IssueCardinality, model.Warning, "an employment at several cost centres; only the first is taken")
		default:
			r.Link(ontology.RoleOrganisation, model.Reference{Key: m.key(model.Organisation, "cost-centre/"+name), Kind: model.Organisation}, "")
		}
	})
}

// address reads the postal address that people and the company write alike.
func (m *mapper) address(r *draft.Record, p model.PropertyID, e elem) {
	extra, street := e.get("extraadress").text(), e.get("postadress")
	parts := draft.Parts{
		Use:        "post",
		Street:     street.text(),
		PostalCode: e.get("postnr").text(),
		Locality:   e.get("ort").text(),
		Country:    e.get("land").text(),
	}
	if extra != "" {
		if a, ok := normalise.StreetAddress(extra, m.jurisdiction); ok && a.CareOf != "" && a.Street == "" {
			parts.CareOf = a.CareOf
		} else {
			parts.FullAddress = strings.TrimSuffix(extra+", "+parts.Street, ", ")
		}
	}
	if strings.TrimSpace(parts.Street+parts.PostalCode+parts.Locality+parts.CareOf+parts.FullAddress) == "" {
		return // a country alone is no address
	}
	draft.Address(r, p, street, parts)
}
