package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// result is what one phase measured. Fields that do not apply are 0.
type result struct {
	Name           string  `json:"name"`
	Unit           string  `json:"unit"`                     // what Count counts
	Count          int64   `json:"count"`                    //
	Seconds        float64 `json:"seconds,omitempty"`        // wall
	PerSecond      float64 `json:"perSecond,omitempty"`      // units, wall
	ProgramMicros  float64 `json:"programMicros,omitempty"`  // µs CPU a unit
	DatabaseMicros float64 `json:"databaseMicros,omitempty"` // µs CPU a unit, of the database's own processes
	PeakBytes      int64   `json:"peakBytes,omitempty"`      // memory of the program at most
	Bytes          int64   `json:"bytes,omitempty"`          // on disk
	Millis         float64 `json:"milliseconds,omitempty"`   // of a start
	Beside         string  `json:"beside,omitempty"`         // the yardstick that Ratio is to
	Ratio          float64 `json:"ratio,omitempty"`          // figure divided by the yardstick's
	Goals          []goal  `json:"goals,omitempty"`          //
}

// goal is a limit from the issue and whether it was kept.
type goal struct {
	Text    string `json:"text"`
	Reached bool   `json:"reached"`
}

func newResult(name, unit string, n int, u usage) result {
	each := func(d int64) float64 { return float64(d) / 1000 / float64(n) }
	return result{
		Name: name, Unit: unit, Count: int64(n), Seconds: u.wall.Seconds(), PerSecond: float64(n) / u.wall.Seconds(),
		ProgramMicros: each(u.program.Nanoseconds()), DatabaseMicros: each(u.database.Nanoseconds()), PeakBytes: u.peak,
	}
}

// micros is the CPU a unit of program and database together.
func (r *result) micros() float64 { return r.ProgramMicros + r.DatabaseMicros }

// beside sets the ratio to a yardstick, when that was measured.
func (r *result) beside(name string, figure, yardstick float64) {
	if yardstick > 0 {
		r.Beside, r.Ratio = name, figure/yardstick
	}
}

func (r *result) aim(reached bool, format string, args ...any) {
	r.Goals = append(r.Goals, goal{fmt.Sprintf(format, args...), reached})
}

func (r *result) atLeast(perSecond float64) {
	r.aim(r.PerSecond >= perSecond, "≥ %s/s", number(perSecond))
}

func (r *result) atMostMicros(most float64) { r.aim(r.micros() <= most, "≤ %g µs", most) }

func (r *result) atMostMillis(most float64) { r.aim(r.Millis <= most, "≤ %g ms", most) }

func (r *result) atMostPeak(most float64) {
	r.aim(float64(r.PeakBytes) <= most, "≤ %.0f MB memory", most/1e6)
}

// atMostBytes is a goal for a million units.
func (r *result) atMostBytes(most float64) {
	r.aim(r.perMillion() <= most, "≤ %g GB a million", most/1e9)
}

func (r *result) perMillion() float64 { return float64(r.Bytes) / float64(r.Count) * 1e6 }

// report is a run.
type report struct {
	Machine []fact         `json:"machine"`
	Results []result       `json:"results"`
	Timings []timedAnswers `json:"timings,omitempty"`
}

// fact is one line about the machine.
type fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func (rep report) writeJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(rep)
}

func (rep report) writeMarkdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| | |\n|---|---|\n")
	for _, f := range rep.Machine {
		fmt.Fprintf(&b, "| %s | %s |\n", f.Name, f.Value)
	}
	if len(rep.Timings) > 0 {
		writeTimings(&b, rep.Timings)
	}
	if len(rep.Results) > 0 {
		rep.writeResults(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (rep report) writeResults(b *strings.Builder) {
	b.WriteString("\n| measured | figure | µs CPU each: program | database | together | peak memory, MB | ratio | goal | reached |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for i := range rep.Results {
		rep.Results[i].writeRow(b)
	}
}

func (r *result) writeRow(b *strings.Builder) {
	cells := []string{r.Name, r.figure(), "", "", "", "", "", "", ""}
	if r.Seconds > 0 {
		cells[2], cells[3], cells[4] = decimal(r.ProgramMicros), decimal(r.DatabaseMicros), decimal(r.micros())
	}
	if r.PeakBytes > 0 {
		cells[5] = fmt.Sprintf("%.0f", float64(r.PeakBytes)/1e6)
	}
	if r.Beside != "" {
		cells[6] = fmt.Sprintf("%s × %s", decimal(r.Ratio), r.Beside)
	}
	cells[7], cells[8] = r.goals()
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

func (r *result) figure() string {
	switch {
	case r.Bytes > 0:
		return fmt.Sprintf("%.2f GB a million %ss", r.perMillion()/1e9, r.Unit)
	case r.Millis > 0:
		return fmt.Sprintf("%.0f ms", r.Millis)
	}
	return number(r.PerSecond) + " " + r.Unit + "s/s"
}

func (r *result) goals() (texts, reached string) {
	var t, y []string
	for _, g := range r.Goals {
		t = append(t, g.Text)
		if g.Reached {
			y = append(y, "yes")
		} else {
			y = append(y, "no")
		}
	}
	return strings.Join(t, ", "), strings.Join(y, ", ")
}

// number groups the digits of a whole number by commas.
func number(f float64) string {
	s := fmt.Sprintf("%.0f", f)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// decimal has three digits that matter, as small figures need.
func decimal(f float64) string {
	if f >= 100 {
		return number(f)
	}
	return fmt.Sprintf("%.3g", f)
}
