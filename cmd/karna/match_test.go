package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/karna-registry/karna/internal/synth"
)

// run runs karna in a folder of its own files.
func runKarna(ctx context.Context, args ...string) (out, errs string, code int) {
	root := newRoot()
	var o, e bytes.Buffer
	root.SetOut(&o)
	root.SetErr(&e)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	code = conclude(&e, cmd, err)
	return o.String(), e.String(), code
}

func writeText(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// people writes a set whose truth is in the column cluster.
func people(t *testing.T, dir, name string, seed uint64) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := synth.Write(synth.Output{Data: &b}, synth.Options{Set: "fake1000", Records: 400, Seed: seed}); err != nil {
		t.Fatal(err)
	}
	return writeText(t, dir, name, b.String())
}

func rowsOfFile(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestMatchGivesARowARecordInTheirOrder(t *testing.T) {
	dir := t.TempDir()
	in := people(t, dir, "people.csv", 1)
	clusters, pairs := filepath.Join(dir, "clusters.csv"), filepath.Join(dir, "pairs.csv")
	_, errs, code := runKarna(t.Context(), "match", in, "--key", "unique_id", "--out", clusters, "--pairs", pairs)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	for _, want := range []string{"kind: person", "first_name: givenName", "400 records", "pairs compared", "CPU s"} {
		if !strings.Contains(errs, want) {
			t.Errorf("no %q in\n%s", want, errs)
		}
	}
	input, rows := rowsOfFile(t, in), rowsOfFile(t, clusters)
	if got := strings.Join(rows[0], ","); got != "key,cluster_id,weight" || len(rows) != len(input) {
		t.Fatalf("header %s and %d rows of %d", got, len(rows), len(input))
	}
	size := map[string]int{}
	for i, row := range rows[1:] {
		if row[0] != input[i+1][0] {
			t.Fatalf("row %d is of record %s, not %s", i+1, row[0], input[i+1][0])
		}
		size[row[1]]++
	}
	for _, row := range rows[1:] {
		if (size[row[1]] == 1) != (row[2] == "") {
			t.Errorf("a record in a cluster of %d is held by %q", size[row[1]], row[2])
		}
	}
	scored := rowsOfFile(t, pairs)
	if got := strings.Join(scored[0][:6], ","); got != "key_a,key_b,weight,band,together,prior" || len(scored) < 100 {
		t.Errorf("header %s and %d pairs", got, len(scored))
	}

	// The row number is the key without --key, and standard output the file.
	out, errs, code := runKarna(t.Context(), "match", in)
	if code != exitOK || !strings.HasPrefix(out, "key,cluster_id,weight\n1,1,") {
		t.Errorf("exit code %d, output %.40q, %s", code, out, errs)
	}
	out, _, code = runKarna(t.Context(), "match", in, "--json")
	var summary matchSummary
	if err := json.Unmarshal([]byte(out), &summary); err != nil || code != exitOK || summary.Records != 400 || summary.Things == 0 {
		t.Errorf("--json: %v, %+v", err, summary)
	}
}

func TestMatchLinksTwoFiles(t *testing.T) {
	dir := t.TempDir()
	a := writeText(t, dir, "a.csv", "id,given_name,surname,dob,email\na1,Anna,Berg,1871-06-24,anna.berg71@x.example\na2,Karl,Lind,1840-01-02,k.lind40@x.example\na3,Anna,Berg,1871-06-24,anna.berg71@x.example\n")
	b := writeText(t, dir, "b.csv", "email;förnamn;efternamn;född;id\nanna.berg71@x.example;Anna;Bergh;1871-06-24;b1\nnobody@x.example;Nils;Ek;1812-03-04;b2\n")
	out, errs, code := runKarna(t.Context(), "match", a, b, "--key", "id", "--no-train")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	want := map[string]string{}
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimSpace(line), ",")
		want[f[1]] = f[2]
	}
	if want["b1"] != "1:a1" || want["b2"] != "2:b2" || want["a2"] != "1:a2" {
		t.Errorf("got\n%s", out)
	}
}

func TestMatchEvaluates(t *testing.T) {
	dir := t.TempDir()
	in := people(t, dir, "people.csv", 2)
	out, errs, code := runKarna(t.Context(), "match", "eval", in, "--truth", "cluster", "--json")
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	var e evaluation
	if err := json.Unmarshal([]byte(out), &e); err != nil {
		t.Fatal(err)
	}
	if e.Clustered.Default.F1 < 0.9 || e.Clustered.Best.F1 < e.Clustered.Default.F1 || e.Block <= 0 || len(e.ByKey) < 5 || e.Candidates == 0 {
		t.Errorf("got %+v", e)
	}
	out, _, _ = runKarna(t.Context(), "match", "eval", in, "--truth", "cluster")
	for _, want := range []string{"precision", "clustered", "B³", "block recall", "birth date"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	// A truth file with keys and things is taken alike.
	var truth strings.Builder
	truth.WriteString("unique_id,thing\n")
	for _, row := range rowsOfFile(t, in)[1:] {
		fmt.Fprintf(&truth, "%s,%s\n", row[0], row[6])
	}
	file := writeText(t, dir, "truth.csv", truth.String())
	config := writeText(t, dir, "match.yaml", "kind: person\ncolumns:\n  first_name: givenName\n  surname: familyName\n  dob: {property: birthDate, format: \"2006-01-02\"}\n  city: {address: locality}\n  email: email\n")
	out, errs, code = runKarna(t.Context(), "match", "eval", in, "--truth", file, "--config", config, "--json")
	var again evaluation
	if err := json.Unmarshal([]byte(out), &again); err != nil || code != exitOK {
		t.Fatalf("exit code %d, %v: %s", code, err, errs)
	}
	if again.Clustered.Default != e.Clustered.Default {
		t.Errorf("by a truth file %+v, by a column %+v", again.Clustered.Default, e.Clustered.Default)
	}
}

func TestMatchExplainsAPair(t *testing.T) {
	dir := t.TempDir()
	in := people(t, dir, "people.csv", 5)
	picture := filepath.Join(dir, "pair.svg")
	out, errs, code := runKarna(t.Context(), "match", "explain", in, "1", "2", "--svg", picture)
	if code != exitOK || !strings.Contains(out, "prior") || !strings.Contains(out, "The records are in") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	if b, err := os.ReadFile(picture); err != nil || !bytes.HasPrefix(b, []byte("<svg")) {
		t.Errorf("the picture: %v, %.40s", err, b)
	}
	if _, errs, code = runKarna(t.Context(), "match", "explain", in, "1", "nobody"); code != exitUsage || !strings.Contains(errs, "no record nobody") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

func TestMatchSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	good := people(t, dir, "people.csv", 3)
	broken := writeText(t, dir, "broken.csv", "a,b\nett x,2\n3\ntvå y,5\n")
	config := writeText(t, dir, "match.yaml", "kind: human\n")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, c := range map[string]struct {
		ctx  context.Context
		args []string
		code int
		want string
	}{
		"no file":         {t.Context(), []string{"match", filepath.Join(dir, "no.csv")}, exitUsage, "there is no file"},
		"no arguments":    {t.Context(), []string{"match"}, exitUsage, "arg"},
		"broken":          {t.Context(), []string{"match", broken}, exitBroken, "line 3: the row has 1 fields, the header 2 (see that the row is whole)"},
		"configuration":   {t.Context(), []string{"match", good, "--config", config}, exitUsage, "want one of person"},
		"kind":            {t.Context(), []string{"match", good, "--kind", "human"}, exitUsage, "want one of person"},
		"key":             {t.Context(), []string{"match", good, "--key", "nothing"}, exitUsage, `no column "nothing"`},
		"truth":           {t.Context(), []string{"match", "eval", good, "--truth", "nothing"}, exitUsage, "neither a column"},
		"no truth":        {t.Context(), []string{"match", "eval", good}, exitUsage, "truth"},
		"model":           {t.Context(), []string{"match", good, "--model", good}, exitUsage, "matching model"},
		"interrupted":     {stopped, []string{"match", good}, exitInterrupted, ""},
		"nothing to try":  {t.Context(), []string{"model", "try", good}, exitUsage, "--model or --link"},
		"no such kind":    {t.Context(), []string{"model", "show", "--kind", "concept"}, exitUsage, "not matched by evidence"},
		"two shipped":     {t.Context(), []string{"model", "diff", "shipped", "shipped"}, exitUsage, "say of which kind"},
		"broken, skipped": {t.Context(), []string{"match", broken, "--skip-broken", "--kind", "organisation"}, exitOK, "1 broken row passed over"},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs, code := runKarna(c.ctx, c.args...)
			if code != c.code || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d, want %d, with %q:\n%s", code, c.code, c.want, errs)
			}
		})
	}
}

// TestNoPersonalNumberIsTold: a table without a header row, or with line ends that make
// it one row, has persons where the columns' names should be.
func TestNoPersonalNumberIsTold(t *testing.T) {
	dir := t.TempDir()
	const number, other = "189001019802", "189001029819"
	rows := "a;" + number + ";Anna Berg\nb;" + other + ";Bo Ek\n"
	headed := writeText(t, dir, "headed.csv", "id;pnr;name\n"+strings.Repeat(rows, 3))
	crOnly := writeText(t, dir, "cr.csv", strings.ReplaceAll("id;pnr;name\n"+rows+rows, "\n", "\r"))
	named := writeText(t, dir, number+".csv", "id;pnr;name\n"+rows)
	config := writeText(t, dir, "match.yaml", "kind: person\nof: "+number+"\n")
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no header":             {[]string{"match", writeText(t, dir, "bare.csv", rows)}, exitBroken, "line 1: the name of column 2 is a personal number"},
		"no header, in a text":  {[]string{"match", writeText(t, dir, "text.csv", "a;pnr "+number+"\nb;pnr "+other+"\n")}, exitBroken, "column 2"},
		"no header, same twice": {[]string{"model", "train", writeText(t, dir, "twice.csv", "Anna;x;Anna\n"+rows)}, exitBroken, "line 1: columns 1 and 3 are called the same"},
		"line ends of CR":       {[]string{"match", crOnly}, exitBroken, "line 1: the file's lines end with CR alone, so that it is one row (save it with line ends of LF or CRLF)"},
		"the file's name":       {[]string{"match", named, "--kind", "person"}, exitOK, string(filepath.Separator) + "[number].csv, proposed"},
		"the same, skipping":    {[]string{"match", writeText(t, dir, "x"+number+".csv", "id;pnr;name\na\n"+rows), "--kind", "person", "--skip-broken"}, exitOK, "[number].csv: line 2: the row has 1 fields"},
		"no such file":          {[]string{"match", filepath.Join(dir, other+".csv")}, exitUsage, "there is no file"},
		"a record that is not":  {[]string{"match", "explain", headed, number, "189001049817", "--key", "pnr", "--kind", "person"}, exitUsage, "no record [number]"},
		"a column that is not":  {[]string{"match", headed, "--key", number}, exitUsage, "no column \"[number]\""},
		"a flag":                {[]string{"match", headed, "--" + number}, exitUsage, "unknown flag: --[number]"},
		"configuration":         {[]string{"match", headed, "--config", config}, exitUsage, "[number]"},
		"changes":               {[]string{"model", "try", headed, "--key", "pnr", "--kind", "person", "--link", "90"}, exitOK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, code := runKarna(t.Context(), c.args...)
			if code != c.code || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d, want %d, with %q:\n%s", code, c.code, c.want, errs)
			}
			numbers := personalNumbers{}
			numbers.collect([]byte(number + " " + other))
			if name == "changes" && !strings.Contains(out, "[number]") {
				t.Errorf("no record is named:\n%s", out)
			}
			if c.args[0] == "match" && code == exitOK {
				out = "" // the answer has the keys that it is asked to have
			}
			if numbers.in([]byte(out+errs)) > 0 {
				t.Errorf("a personal number is told:\n%s%s", out, errs)
			}
		})
	}
}

func TestModelsAreTrainedShownComparedAndTried(t *testing.T) {
	dir := t.TempDir()
	in := people(t, dir, "people.csv", 4)
	trained, page := filepath.Join(dir, "model.json"), filepath.Join(dir, "model.html")
	out, errs, code := runKarna(t.Context(), "model", "train", in, "--out", trained, "--html", page)
	if code != exitOK || !strings.Contains(out, "birth") || !strings.Contains(out, "candidates") {
		t.Fatalf("exit code %d: %s\n%s", code, out, errs)
	}
	html, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{"http:", "https:", "src=", "@import", "url("} {
		if bytes.Contains(html, []byte(never)) {
			t.Errorf("the page has %q: it must need nothing from anywhere else", never)
		}
	}
	if bytes.Count(html, []byte("<svg")) < 20 {
		t.Error("the page has no charts")
	}
	if out, _, code = runKarna(t.Context(), "model", "show", trained); code != exitOK || !strings.Contains(out, "trained") {
		t.Errorf("show: %d, %.80s", code, out)
	}
	if out, _, code = runKarna(t.Context(), "model", "diff", "shipped", trained, "--json"); code != exitOK || !strings.Contains(out, `"level"`) {
		t.Errorf("diff: %d, %.80s", code, out)
	}
	if out, _, code = runKarna(t.Context(), "model", "diff", trained, trained); code != exitOK || strings.Count(out, "\n") != 1 {
		t.Errorf("a model differs from itself: %d, %s", code, out)
	}
	if out, _, code = runKarna(t.Context(), "model", "try", in, "--link", "30", "--key", "unique_id"); code != exitOK || !strings.Contains(out, "split") {
		t.Errorf("try: %d, %.80s", code, out)
	}
	if out, errs, code = runKarna(t.Context(), "model", "try", in, "--model", trained, "--json"); code != exitOK || !strings.Contains(out, `"changes"`) {
		t.Errorf("try: %d, %.80s %s", code, out, errs)
	}
}

// TestACellIsNoFormula: what somebody else wrote is not run by a spreadsheet.
func TestACellIsNoFormula(t *testing.T) {
	for given, want := range map[string]string{
		"": "", "17": "17", "-5": "-5", "+46.5": "+46.5", "a=b": "a=b", `=HYPERLINK("https://evil.example","x")`: `'=HYPERLINK("https://evil.example","x")`,
		"@SUM(A1)": "'@SUM(A1)", "+1+cmd|' /C calc'!A0": "'+1+cmd|' /C calc'!A0", "-2+3": "'-2+3", "\t=1+1": "'\t=1+1",
	} {
		if got := cell(given); got != want {
			t.Errorf("%q is written as %q, want %q", given, got, want)
		}
	}
	// Both tables are written with it.
	dir := t.TempDir()
	table := writeText(t, dir, "t.csv", "id,fornamn,efternamn,fodelsedatum\n=1+1,Anna,Berg,1871-06-24\n@SUM(A1),Anna,Berg,1871-06-24\n")
	clusters, pairs := filepath.Join(dir, "clusters.csv"), filepath.Join(dir, "pairs.csv")
	if _, said, code := runKarna(t.Context(), "match", table, "--key", "id", "--no-train", "--out", clusters, "--pairs", pairs); code != 0 {
		t.Fatal(said)
	}
	for _, path := range []string{clusters, pairs} {
		rows := rowsOfFile(t, path)
		if len(rows) < 2 {
			t.Errorf("%s has %d rows", path, len(rows))
		}
		for _, row := range rows[1:] {
			for _, text := range row[:2] {
				if !strings.HasPrefix(text, "'=") && !strings.HasPrefix(text, "'@") {
					t.Errorf("%s has %q", path, text)
				}
			}
		}
	}
}

func TestExplainSaysWhichOfSeveralColumnsWereCompared(t *testing.T) {
	dir := t.TempDir()
	table := "id,fornamn,efternamn,fodelsedatum,telefon,mobil,epost,epostadress\n" +
		"1,Anna,Berg,1871-06-24,070-1234567,08-1112233,anna@x.se,\n2,Anna,Lund,1871-06-24,08-1112233,,a.lund@y.se,anna@x.se\n3,Karl,Ek,1869-01-02,070-9999999,,k@x.se,\n"
	if err := os.WriteFile(filepath.Join(dir, "t.csv"), []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	out := karna(t, dir, "match", "explain", "t.csv", "1", "2", "--key", "id", "--no-train")
	for _, want := range []string{"phone: same (mobil and the only one)", "email: same (the only one and epostadress)"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not said:\n%s", want, out)
		}
	}
}

// Stopped while it writes, it leaves what was there before.
func TestPairsAreWrittenWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pairs.csv")
	if err := os.WriteFile(path, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := writeFile(path, nil, false, func(w io.Writer) error {
		if _, err := io.WriteString(w, strings.Repeat("half ", 1<<16)); err != nil {
			t.Fatal(err)
		}
		return context.Canceled
	})
	if text, _ := os.ReadFile(path); !errors.Is(err, context.Canceled) || string(text) != "before\n" {
		t.Errorf("stopped with %v it left %.20q", err, text)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("it left %d files", len(files))
	}
	if err := writeFile(path, nil, false, func(w io.Writer) error { _, err := io.WriteString(w, "after"); return err }); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(path); string(text) != "after" {
		t.Errorf("it wrote %q", text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode became %v, %v", info.Mode(), err)
	}
}

// A command that does not write to the store does not speak of commits.
func TestWhatAStoppedCommandLeaves(t *testing.T) {
	for args, want := range map[string]string{
		"match t.csv": "no file was changed", "match eval t.csv": "no file was changed", "model train": "no file was changed", "synth": "no file was changed",
		"resolve": "what was committed stays", "ingest": "what was committed stays",
	} {
		cmd, _, err := newRoot().Find(strings.Fields(args))
		if err != nil {
			t.Fatal(err)
		}
		if got := whatStays(cmd); got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
	if got := whatStays(newRoot()); got != "what was committed stays" {
		t.Errorf("karna: %s", got)
	}
}
