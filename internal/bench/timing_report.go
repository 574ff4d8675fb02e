package main

import (
	"fmt"
	"math"
	"strings"
)

// writeTimings writes two tables: of all classes how well one answer's time tells
// two towns apart, and of each question the class that is told most.
func writeTimings(b *strings.Builder, all []timedAnswers) {
	rows, at := questionsOf(all)
	b.WriteString("\n| a time over the one town is the longer, of all pairs (over two alike) |")
	for i := range classes {
		fmt.Fprintf(b, " %s |", classes[i].name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(classes)) + "\n")
	for _, row := range rows {
		fmt.Fprintf(b, "| %s, %s |", row.Question, row.About)
		for i := range classes {
			if t, asked := at[timingKey{row, classes[i].name}]; asked {
				fmt.Fprintf(b, " %.2f (%.2f) |", t.Towns.AUC.Estimate, t.Alike.AUC.Estimate)
			} else {
				b.WriteString(" |")
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\n| the class that is told most | class | requests | median, µs | of the other | difference | AUC | KS (by chance) | t | over two alike: difference | AUC | KS | t |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, row := range rows {
		var most timedAnswers
		for i := range classes {
			if t, asked := at[timingKey{row, classes[i].name}]; asked && (most.Class == "" || told(t) > told(most)) {
				most = t
			}
		}
		x, y := most.Towns, most.Alike
		fmt.Fprintf(b, "| %s, %s | %s | %d | %.1f | %.1f | %s | %s | %.2f (%.2f) | %.1f | %s | %.2f | %.2f | %.1f |\n",
			row.Question, row.About, most.Class, x.Requests, x.Median, x.Other, x.Difference.text(1), x.AUC.text(2), x.KS, x.KSByChance, x.T,
			y.Difference.text(1), y.AUC.Estimate, y.KS, y.T)
	}
}

// told is how far from nothing a time tells.
func told(t timedAnswers) float64 { return math.Abs(t.Towns.AUC.Estimate - 0.5) }

func (i interval) text(digits int) string {
	return fmt.Sprintf("%.*f (%.*f to %.*f)", digits, i.Estimate, digits, i.Low, digits, i.High)
}

type timingRow struct {
	Question string
	About    facts
}

type timingKey struct {
	timingRow
	class string
}

// questionsOf are the questions in their order, and the answers by question and class.
func questionsOf(all []timedAnswers) (rows []timingRow, at map[timingKey]timedAnswers) {
	at = map[timingKey]timedAnswers{}
	had := map[timingRow]bool{}
	for _, t := range all {
		row := timingRow{t.Question, t.About}
		if at[timingKey{row, t.Class}] = t; !had[row] {
			had[row] = true
			rows = append(rows, row)
		}
	}
	return rows, at
}
