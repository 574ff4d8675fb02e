package subject

import (
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/karna-registry/karna/model"
)

// WriteHTML writes a dossier as a page in Swedish, to be read and printed. It fetches
// nothing: no script, no font, no picture.
func WriteHTML(w io.Writer, d *Dossier) error {
	if err := page.Execute(w, d); err != nil {
		return fmt.Errorf("write the access request as a page: %w", err)
	}
	return nil
}

var kindsSV = map[model.Kind]string{
	model.Person: "Person", model.Role: "Roll", model.Organisation: "Organisation", model.Geography: "Plats", model.Service: "Tjänst", model.Concept: "Begrepp",
}

var wordsSV = map[string]string{
	"same": "samma", "different": "olika", "unsure": "osäkert", "link": "räknas som samma", "review": "väntar på granskning", "reject": "räknas inte",
	"only": "ensam uppgift", "master": "källan svarar för uppgiften", "trust": "källans rang", "recency": "senast ändrad", "support": "flest källor", "order": "ordning",
	"maximum": "högsta nivå", "all": "alla värden behålls", "group": "följer med sin grupp", "pin": "handläggares beslut",
}

var issuesSV = map[model.IssueCode]string{
	model.IssueIdentifierRule: "numret följer inte sin regel, eller står där inget nummer hör hemma", model.IssueUnknownCode: "koden finns inte i kodlistan",
	model.IssueBadDate: "inte ett datum", model.IssueBadNumber: "inte ett tal", model.IssueBadBoolean: "varken ja eller nej", model.IssueBadPeriod: "slutar innan den börjar",
	model.IssueBadText: "tecken som inte kan läsas, eller en okänd form", model.IssueMissing: "något saknas", model.IssueBadCoordinate: "ingen position i referenssystemet",
	model.IssueCardinality: "flera värden där det ska vara ett", model.IssueBadContact: "varken e-postadress, telefonnummer eller webbadress",
}

var page = template.Must(template.New("dossier").Funcs(template.FuncMap{
	"time": func(t time.Time) string {
		if t.IsZero() {
			return "–"
		}
		return t.UTC().Format("2006-01-02 15:04 UTC")
	},
	"kind": func(k model.Kind) string { return kindsSV[k] },
	"word": func(s string) string {
		if sv, ok := wordsSV[s]; ok {
			return sv
		}
		return s
	},
	"period": func(p model.Period) string {
		if p == (model.Period{}) {
			return ""
		}
		return p.String()
	},
	"issue": func(c model.IssueCode) string {
		if sv, ok := issuesSV[c]; ok {
			return sv
		}
		return string(c)
	},
	"bits": func(w float64) string { return fmt.Sprintf("%.1f", w) },
}).Parse(`<!DOCTYPE html>
<html lang="sv">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Registerutdrag</title>
<style>
:root { color-scheme: light; }
body { font: 16px/1.5 Georgia, "Times New Roman", serif; color: #1a1a1a; background: #fff; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.9rem; margin: 0 0 .5rem; } h2 { font-size: 1.35rem; margin: 2.2rem 0 .4rem; border-bottom: 2px solid #1a1a1a; } h3 { font-size: 1.05rem; margin: 1.4rem 0 .3rem; }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 1rem; font-size: .93rem; } caption { text-align: left; font-style: italic; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-bottom: 1px solid #bbb; overflow-wrap: anywhere; } th { font-weight: bold; }
dl { display: grid; grid-template-columns: 11rem 1fr; gap: .1rem 1rem; margin: .4rem 0; } dt { font-weight: bold; } dd { margin: 0; overflow-wrap: anywhere; }
.note { color: #444; }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr; } }
@media print { body { margin: 0; max-width: none; font-size: 10.5pt; } h2, h3 { break-after: avoid; } tr { break-inside: avoid; } thead { display: table-header-group; } @page { size: A4; margin: 18mm; } }
</style>
</head>
<body>
<header>
<h1>Registerutdrag</h1>
<p>Uppgifter om dig i kommunens register, enligt artikel 15 i dataskyddsförordningen.</p>
<dl>
{{if .Name}}<dt>Namn</dt><dd>{{.Name}}</dd>{{end}}
<dt>Beteckning</dt><dd>{{.ID}}</dd>
<dt>Framställt</dt><dd>{{time .At}}{{if .Actor}} av {{.Actor}}{{end}}</dd>
<dt>Ändamål</dt><dd>{{.Purpose}}</dd>
</dl>
<p class="note">Uppgifter om andra personer är borttagna.</p>
</header>
<main>
{{if .Golden}}<section id="sammanställning"><h2>Vad registret säger</h2>
<table><caption>Sammanställt av vad källorna säger</caption><thead><tr><th scope="col">Uppgift</th><th scope="col">Värde</th><th scope="col">Gäller</th><th scope="col">Enligt</th></tr></thead><tbody>
{{range .Golden}}<tr><td>{{.Label}}</td><td>{{.Text}}</td><td>{{period .Period}}</td><td>{{range $i, $s := .Sources}}{{if $i}}, {{end}}{{$s}}{{end}}{{if .Rule}} ({{word .Rule}}){{end}}</td></tr>
{{end}}</tbody></table></section>{{end}}
<section id="källor"><h2>Vad källorna har sagt</h2>
{{range .Sources}}<h3>Källa: {{.Name}}</h3>
<dl><dt>Myndighet</dt><dd>{{.Authority}}</dd>{{if .Owner}}<dt>Ansvarig</dt><dd>{{.Owner}}</dd>{{end}}{{if .Purpose}}<dt>Ändamål</dt><dd>{{.Purpose}}</dd>{{end}}{{if .LegalBasis}}<dt>Rättslig grund</dt><dd>{{.LegalBasis}}</dd>{{end}}{{if .Retention}}<dt>Bevaras</dt><dd>{{.Retention}}</dd>{{end}}</dl>
{{range .Records}}<h3>{{kind .Kind}}, post {{.LocalID}} {{if not .Live}}(lämnas inte längre av källan){{end}}</h3>
{{range .Said}}{{if .Retracted}}<p>Borttagen av källan, registrerat {{time .At}} (revision {{.Revision}}).</p>
{{else}}<table><caption>Från {{time .At}} (revision {{.Revision}}){{if .Delivery}}, leverans {{.Delivery}}{{end}}{{if not .Stamp.IsZero}}, källans tid {{time .Stamp}}{{end}}</caption>
<thead><tr><th scope="col">Uppgift</th><th scope="col">Värde</th><th scope="col">Så som den lämnades</th><th scope="col">Gäller</th></tr></thead><tbody>
{{range .Values}}<tr><td>{{.Label}}</td><td>{{.Text}}</td><td>{{.Original}}</td><td>{{period .Period}}</td></tr>
{{else}}<tr><td colspan="4">Inga uppgifter som kan visas.</td></tr>
{{end}}</tbody></table>
{{if .Issues}}<table><caption>Fält som inte kunde läsas som de skulle</caption>
<thead><tr><th scope="col">Uppgift</th><th scope="col">Vad som är fel</th><th scope="col">Så som den lämnades</th><th scope="col">Plats i leveransen</th></tr></thead><tbody>
{{range .Issues}}<tr><td>{{.Label}}</td><td>{{issue .Code}}</td><td>{{.Original}}</td><td>{{.Place}}</td></tr>
{{end}}</tbody></table>{{end}}{{end}}
{{end}}{{end}}{{else}}<p>Inga uppgifter.</p>{{end}}</section>
{{if .Mentions}}<section id="hänvisningar"><h2>Tjänster och enheter som hänvisar till dig</h2>
<table><thead><tr><th scope="col">Källa</th><th scope="col">Vad</th><th scope="col">Som</th><th scope="col">Gäller</th><th scope="col">Registrerat</th></tr></thead><tbody>
{{range .Mentions}}<tr><td>{{.Source}}</td><td>{{.What}}</td><td>{{.Label}}</td><td>{{period .Period}}</td><td>{{time .At}}{{if .Delivery}}, leverans {{.Delivery}}{{end}}</td></tr>
{{end}}</tbody></table></section>{{end}}
{{if .Decisions}}<section id="beslut"><h2>Beslut av handläggare</h2>
<table><thead><tr><th scope="col">När</th><th scope="col">Vem</th><th scope="col">Beslut om två poster</th><th scope="col">Skäl</th></tr></thead><tbody>
{{range .Decisions}}<tr><td>{{time .At}}</td><td>{{.Actor}}</td><td>{{word .Verdict}}</td><td>{{if .Reason}}{{.Reason}}{{else}}visas inte: beslutet rör även någon annan{{end}}</td></tr>
{{end}}</tbody></table></section>{{end}}
{{if .Pairs}}<section id="jämförelser"><h2>Automatiska jämförelser</h2>
<table><thead><tr><th scope="col">Vikt (bitar)</th><th scope="col">Utfall</th><th scope="col">Med</th></tr></thead><tbody>
{{range .Pairs}}<tr><td>{{bits .Weight}}</td><td>{{word .Band}}</td><td>{{if .Together}}en annan post om dig{{else}}en annan post{{end}}</td></tr>
{{end}}</tbody></table></section>{{end}}
{{if .Quarantine}}<section id="karantän"><h2>Lämnat men inte infört</h2>
<table><thead><tr><th scope="col">Källa</th><th scope="col">Plats</th><th scope="col">Varför</th><th scope="col">När</th></tr></thead><tbody>
{{range .Quarantine}}<tr><td>{{.Source}}</td><td>{{.Place}}</td><td>{{.Reason}}</td><td>{{time .At}}</td></tr>
{{end}}</tbody></table></section>{{end}}
<section id="mottagare"><h2>Vilka som har fått se eller ändrat uppgifter</h2>
{{if .Recipients}}<table><thead><tr><th scope="col">Vem</th><th scope="col">Roll</th><th scope="col">Gånger</th><th scope="col">Först</th><th scope="col">Senast</th></tr></thead><tbody>
{{range .Recipients}}<tr><td>{{.Actor}}</td><td>{{.Role}}</td><td>{{.Times}}</td><td>{{time .First}}</td><td>{{time .Last}}</td></tr>
{{end}}</tbody></table>
<h3>Varje tillfälle</h3>
<table><thead><tr><th scope="col">När</th><th scope="col">Vem</th><th scope="col">Vad</th><th scope="col">Varför</th></tr></thead><tbody>
{{range .Looked}}<tr><td>{{time .At}}</td><td>{{.Actor}}</td><td>{{.Operation}}</td><td>{{.Purpose}}</td></tr>
{{end}}</tbody></table>{{else}}<p>Ingen.</p>{{end}}
<p class="note">I kommunens öppna data finns ingen uppgift om en person, utom namnet på den som innehar ett uppdrag, så länge det är offentligt enligt beslut.</p></section>
{{if .Withheld}}<section id="utelämnat"><h2>Vad som har utelämnats</h2><ul>{{range .Withheld}}<li>{{.}}</li>{{end}}</ul></section>{{end}}
<section id="rättigheter"><h2>Dina rättigheter</h2>
<p>Du kan begära att en felaktig uppgift rättas hos den källa som lämnar den, att uppgifter raderas om lagen tillåter det, och klaga hos Integritetsskyddsmyndigheten (IMY).</p></section>
</main>
</body>
</html>
`))
