package ontology

import (
	"fmt"
	"strings"

	"github.com/karna-registry/karna/model"
)

// codeColumns are the columns of a code list's file; README.md there says what
// each holds.
var codeColumns = [...]string{
	"scheme", "notation", "label_sv", "label_en", "label_fi", "definition_sv", "definition_en",
	"broader", "replaced_by", "exact_match", "close_match", "broad_match", "narrow_match",
	"status", "valid_from", "valid_to",
}

// The positions of the columns that are not read in a loop.
const (
	colScheme = iota
	colNotation
	colLabelSV
	colLabelEN
	colLabelFI
	colDefinitionSV
	colDefinitionEN
	colBroader
	colStatus = colBroader + len(codeLinks)
	colFrom   = colStatus + 1
	colTo     = colFrom + 1
)

// codeLinks are the properties of the link columns, in their order.
var codeLinks = [...]model.PropertyID{
	ConceptBroader, ConceptReplacedBy, ConceptExactMatch, ConceptCloseMatch, ConceptBroadMatch, ConceptNarrowMatch,
}

// codeRow is one concept as its list has it.
type codeRow struct {
	scheme, notation string
	labels           []model.Text
	definitions      []model.Text
	links            []codeLink
	status           string
	period           model.Period
}

type codeLink struct {
	property model.PropertyID
	localID  string
}

func readCodeRow(cells []string) (*codeRow, error) {
	row := &codeRow{scheme: cells[colScheme], notation: cells[colNotation], status: cells[colStatus]}
	if row.notation == "" || cells[colLabelSV] == "" {
		return nil, fmt.Errorf("want a notation and a Swedish label")
	}
	for _, l := range [...]struct {
		col  int
		lang string
	}{{colLabelSV, "sv"}, {colLabelEN, "en"}, {colLabelFI, "fi"}} {
		if cells[l.col] != "" {
			row.labels = append(row.labels, model.Text{Text: cells[l.col], Lang: l.lang})
		}
	}
	for _, d := range [...]struct {
		col  int
		lang string
	}{{colDefinitionSV, "sv"}, {colDefinitionEN, "en"}} {
		if cells[d.col] != "" {
			row.definitions = append(row.definitions, model.Text{Text: cells[d.col], Lang: d.lang})
		}
	}
	for i, property := range codeLinks {
		for localID := range strings.FieldsSeq(cells[colBroader+i]) {
			row.links = append(row.links, codeLink{property, localID})
		}
	}
	for _, bound := range [...]struct {
		col int
		to  *model.Date
	}{{colFrom, &row.period.From}, {colTo, &row.period.To}} {
		if cells[bound.col] == "" {
			continue
		}
		d, err := model.ParseDate(cells[bound.col])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", codeColumns[bound.col], err)
		}
		*bound.to = d
	}
	if row.period.Empty() {
		return nil, fmt.Errorf("valid_to is not after valid_from")
	}
	return row, nil
}

func (row *codeRow) record() model.Record {
	rec := model.Record{
		Key:    conceptKey(row.scheme + "/" + row.notation),
		Period: row.period,
		Statements: []model.Statement{
			{Property: ConceptNotation, Value: model.Text{Text: row.notation}},
			{Property: ConceptScheme, Value: model.Text{Text: row.scheme}},
		},
	}
	for _, t := range row.labels {
		rec.Statements = append(rec.Statements, model.Statement{Property: ConceptLabel, Value: t})
	}
	for _, t := range row.definitions {
		rec.Statements = append(rec.Statements, model.Statement{Property: ConceptDefinition, Value: t})
	}
	for _, l := range row.links {
		ref := model.Reference{Key: conceptKey(l.localID), Kind: model.Concept}
		rec.Statements = append(rec.Statements, model.Statement{Property: l.property, Value: model.Link{Ref: ref}})
	}
	if row.status != "" {
		rec.Statements = append(rec.Statements, model.Statement{Property: ConceptStatus, Value: model.Code{Scheme: "concept-status", Notation: row.status}})
	}
	return rec
}

func conceptKey(localID string) model.RecordKey {
	return model.RecordKey{Source: CodeListSource, Kind: model.Concept, LocalID: localID}
}
