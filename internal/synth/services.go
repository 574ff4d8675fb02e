package synth

import (
	"fmt"
	"strings"
	"sync"
)

// serviceTable is services as catalogues, sites and forms hold them.
var serviceTable = table{
	columns: []string{"source", "id", "kommun", "namn", "beskrivning", "malgrupp", "kanal", "enhet", "url", "entity"},
	key:     "id", truth: "entity",
	keyOf: func(n int) string { return fmt.Sprintf("S%07d", n+1) },
}

// topic is what services are of.
type topic struct {
	name    string
	actions []string
	others  []string
}

var topics = sync.OnceValue(func() []topic {
	var out []topic
	for _, f := range lines("services") {
		t := topic{name: blank(f[0]), actions: strings.Split(f[1], ",")}
		for _, w := range f[3:] {
			t.others = append(t.others, blank(w))
		}
		out = append(out, t)
	}
	return out
})

func blank(s string) string { return strings.ReplaceAll(s, "_", " ") }

// phrases are ways to say an action of a topic; the first is the commonest.
var phrases = map[string][]string{
	"apply":  {"Ansökan om %s", "Ansök om %s", "Söka %s", "%s – ansökan", "%s, ansök", "Så ansöker du om %s", "E-tjänst: %s"},
	"appeal": {"Överklaga %s", "Överklagande av %s", "%s – överklaga beslut", "Överklaga beslut om %s"},
	"notify": {"Anmälan om %s", "Anmäl %s", "%s – anmälan", "Anmälningsplikt: %s"},
	"report": {"Rapportera %s", "%s – anmäl", "Lämna uppgift om %s", "Anmäla %s"},
	"cancel": {"Säga upp %s", "Uppsägning av %s", "%s – säg upp", "Avsluta %s"},
	"change": {"Ändra %s", "Ändring av %s", "%s – ändring", "Byta %s"},
	"order":  {"Beställa %s", "Beställning av %s", "%s – beställ", "Beställ %s"},
	"book":   {"Boka %s", "Bokning av %s", "%s – tidsbokning", "Boka tid för %s"},
	"fee":    {"Avgift för %s", "%s – avgifter", "Vad kostar %s", "Taxa för %s"},
}

// descriptions are how an action's description begins.
var descriptions = map[string]string{
	"apply": "Här kan du söka", "appeal": "Om du är missnöjd med beslutet om", "notify": "Du ska anmäla", "report": "Berätta för oss om", "cancel": "Du som inte längre behöver",
	"change": "Du som vill ändra", "order": "Här beställer du", "book": "Här bokar du", "fee": "Vad det kostar med",
}

// generateServices writes the services of one municipality after another.
func generateServices(g *generation) error {
	r := g.rng
	towns := municipal()["municipality"].words
	for n := 0; ; n++ {
		town := towns[n%len(towns)]
		if round := n / len(towns); round > 0 {
			town = fmt.Sprint(town, " ", round+1)
		}
		for i, t := range topics() {
			for _, action := range t.actions {
				if r.chance(.1) {
					continue // not in this municipality
				}
				s := service{town: town, topic: t, action: action, unit: municipal()["area"].pick(r)}
				entity := fmt.Sprintf("T%04d-%02d-%s", n+1, i+1, action)
				for range r.cluster() {
					if err := g.out.add(row{cells: g.service(s), entity: entity}); err != nil {
						return err
					}
				}
			}
		}
	}
}

// service is one thing that a municipality does for people.
type service struct {
	town, action, unit string
	topic              topic
}

func (g *generation) service(s service) []string {
	r, d := g.rng, g.dice
	what, how := s.topic.name, phrases[s.action][0]
	if d.hits(r, seOtherWords) {
		what = pick(r, s.topic.others)
	}
	if d.hits(r, seOtherPhrase) {
		how = pick(r, phrases[s.action][1:])
	}
	name := upperFirst(strings.Replace(how, "%s", what, 1))
	if d.hits(r, seTopicOnly) {
		name = upperFirst(what)
	}
	if d.hits(r, seNameTypo) {
		name = misspell(r, name)
	}
	description := ""
	if !d.hits(r, seDescriptionMissing) {
		description = descriptions[s.action] + " " + what + "."
		if r.chance(.4) {
			description += " " + pick(r, []string{"Logga in med e-legitimation.", "Handläggningstiden är fyra veckor.", "Kontakta oss om du har frågor.", "Du får besked per post."})
		}
	}
	unit := s.unit
	if d.hits(r, seUnitMissing) {
		unit = ""
	}
	url := ""
	if !d.hits(r, seURLMissing) {
		url = "https://www." + address7(strings.ReplaceAll(s.town, " ", "")) + ".example/" + strings.ReplaceAll(address7(s.topic.name), ".", "-")
		if r.chance(.3) {
			url = strings.Replace(url, "www.", "e-tjanster.", 1)
		}
	}
	return []string{pick(r, []string{"webb", "etjanst", "katalog", "kontaktcenter"}), "", s.town, name, description, pick(r, []string{"Privatperson", "Privatperson", "Företag", ""}), pick(r, []string{"E-tjänst", "Blankett", "Telefon", ""}), unit, url, ""}
}
