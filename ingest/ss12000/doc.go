// Package ss12000 reads files of SS12000:2020, the Swedish standard for school
// data (SS 12000, REST API 2.x): organisations, persons, duties, placements,
// groups and deletedEntities. It owns the splitting of those files and what each
// object says in the shared model. It knows nothing of storage.
//
// A file holds envelopes as the API answers them ({"data": [...], "pageToken":
// ...}), bare arrays, bare objects, or several of these one after another; the
// delivery's type says what the objects are. An object without what the standard requires
// of its type is refused, and a file that begins with nothing else is one of another type.
//
// What one object becomes:
//
//   - an Organisation: an organisation. Its organisationNumber identifies it only
//     if it is a Huvudman or a Bolag; on any other it is a link to the legal entity.
//   - a Person: a person; a pupil role for each enrolment,
//     "ID/enrolment/UNIT/FORM/START"; a guardian, trustee or contact role for each
//     responsible, "ID/responsible/PERSON/TYPE", held by the responsible on behalf of the
//     person. Such keys have no index, so that they do not move when the source lists
//     another one before them.
//   - a Duty: a duty; an assignment role for each assignmentRole, "ID/assignment/GROUP/TYPE",
//     based on the duty.
//   - a Placement: a role of type pupil.
//   - a Group: a role for each membership, "GROUP/MEMBERSHIP", or "GROUP/PERSON/START"
//     where the membership has no id, which the standard does not ask for: of type pupil,
//     but in a Personalgrupp of type assignment.
//
// A deleted entity retracts the record that has its key. What else was made of it
// (a person's enrolments, a group's memberships) has keys that the deletion does not
// tell: those records are retracted by the next full delivery of their type.
//
// A reference to a person may carry the person's securityMarking. The role that
// refers then has class Protected as a whole, and a record of its own says it of the
// person: "PERSON/marking/TYPE", with no more than the flag and the person's id in the
// source, local-id/SOURCE, which the delivery declares to be unique; so it becomes part
// of the person whenever that arrives, and is retracted with its own delivery's type.
package ss12000
