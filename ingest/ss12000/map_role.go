package ss12000

import (
	"github.com/karna-registry/karna/ingest/draft"
	"github.com/karna-registry/karna/model"
	"github.com/karna-registry/karna/ontology"
)

func (e *element) duty() {
	r := e.role(e.id, "duty")
	e.period(r, e.value)
	person := e.get("person")
	holder := e.reference(r, ontology.RoleHolder, model.Person, person, "")
	at := e.get("dutyAt")
	unit := e.reference(r, ontology.RoleOrganisation, model.Organisation, at, "")
	role := e.get("dutyRole")
	draft.Code(r, ontology.RoleOccupation, role, "ss12000-duty-role", role.text())
	draft.Text(r, ontology.RoleTitle, role, role.text(), "sv")
	percent := e.get("dutyPercent")
	draft.Number(r, ontology.RoleExtent, percent, percent.text())

	e.get("assignmentRole").each(func(v value) {
		group := v.get("group")
		groupID, _ := uuidOf(group.get("id"))
		kind := v.get("assignmentRoleType")
		a := e.role(e.unique(e.id+"/assignment/"+groupID+"/"+kind.text()), "assignment")
		e.misfitsOf(a, v)
		e.period(a, v)
		if holder != "" {
			e.reference(a, ontology.RoleHolder, model.Person, person, "")
		}
		if unit != "" {
			e.reference(a, ontology.RoleOrganisation, model.Organisation, at, "")
		}
		a.Link(ontology.RoleBasedOn, model.Reference{Key: r.Key, Kind: model.Role}, "")
		draft.Code(a, ontology.RoleOccupation, kind, "ss12000-assignment-role", kind.text())
		draft.Text(a, ontology.RoleTitle, kind, kind.text(), "sv")
		name := group.get("displayName")
		draft.Text(a, ontology.RoleGroupName, name, name.text(), "")
	})
}

func (e *element) placement() {
	r := e.role(e.id, "pupil")
	e.period(r, e.value)
	e.reference(r, ontology.RoleHolder, model.Person, e.get("child"), "")
	e.reference(r, ontology.RoleOrganisation, model.Organisation, e.get("placedAt"), "")
	schoolType(r, ontology.RoleSchoolForm, e.get("schoolType"))
	group := e.get("group")
	group.get("id") // groups are no records; the name is what a reader can use
	name := group.get("displayName")
	draft.Text(r, ontology.RoleGroupName, name, name.text(), "")
}

func (e *element) group() {
	name, at, form := e.get("displayName"), e.get("organisation"), e.get("schoolType")
	roleType := "pupil"
	if e.get("groupType").text() == "Personalgrupp" {
		roleType = "assignment"
	}
	e.get("groupMemberships").each(func(v value) {
		person := v.get("person")
		member, ok := uuidOf(v.get("id"))
		if !ok {
			id, _ := uuidOf(person.get("id"))
			member = id + "/" + v.get("startDate").text()
		}
		r := e.role(e.unique(e.id+"/"+member), roleType)
		e.misfitsOf(r, v)
		if v.get("startDate").absent() && v.get("endDate").absent() {
			e.period(r, e.value)
		} else {
			e.period(r, v)
		}
		e.reference(r, ontology.RoleHolder, model.Person, person, "")
		e.reference(r, ontology.RoleOrganisation, model.Organisation, at, "")
		draft.Text(r, ontology.RoleGroupName, name, name.text(), "")
		schoolType(r, ontology.RoleSchoolForm, form)
	})
}
