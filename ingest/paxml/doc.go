// Package paxml reads PAXml 2.0, the Swedish exchange format of payroll systems
// (paxml.se, schema paxml.xsd of 2012-12). It owns the splitting of those files
// and what their header, cost centres and people say in the shared model. It
// knows nothing of storage.
//
// A source is one company's payroll. From a file come
//
//   - the company, "company/FORETAGID": an organisation, from the header;
//   - each result unit of the cost centre dimension, "cost-centre/ID": an
//     organisation under the company in the economy hierarchy. The dimension is the
//     one that the file names Kostnadsställe or Resultatenhet, else number 1;
//   - each person element, "ANSTID": a person, and, with the same id, a role of type
//     employment at the cost centre with the company as employer. Without an
//     employment number the key is the personal number, which the registry stores as a
//     keyed hash.
//
// Everything else is dropped and counted: transactions, schedules, balances and
// payslips as whole sections; wage, bank, tax, holidays and free texts of a person.
// A person element says nothing of protected identity, so nothing is stated, unless the
// program that wrote the file has a field of its own for it (normalise.ProtectionField).
//
// XML is read without DTD, entities other than the five of XML, or namespaces.
package paxml
