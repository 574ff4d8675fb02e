package synth

import (
	"fmt"
	"slices"
	"strings"
)

// placeTable is addresses and properties as maps, registers and systems hold them.
var placeTable = table{
	columns: []string{"source", "id", "typ", "namn", "gatuadress", "postnummer", "ort", "fastighetsbeteckning", "north", "east", "entity"},
	key:     "id", truth: "entity",
	keyOf: func(n int) string { return fmt.Sprintf("G%07d", n+1) },
}

// place is an entrance with an address, or a property with a designation.
type place struct {
	home        address // with street
	designation [3]string
	north, east int // SWEREF 99 TM, metres
}

// generatePlaces writes entrances of one street after another and properties of
// one quarter or village after another: neighbours are the trap.
func generatePlaces(g *generation) error {
	r := g.rng
	count := 0
	streets := map[string]bool{}
	for {
		for _, p := range g.neighbours(streets) {
			count++
			entity := fmt.Sprintf("G%06d", count)
			for range r.cluster() {
				if err := g.out.add(row{cells: g.place(p), entity: entity}); err != nil {
					return err
				}
			}
		}
		if len(streets) > 200_000 { // what is drawn again after so many is far from its name's owner
			clear(streets)
		}
	}
}

// neighbours draws a few places beside each other, of a street or block that
// has not been.
func (g *generation) neighbours(taken map[string]bool) []place {
	r, w := g.rng, municipal()
	north, east := r.between(6_500_000, 6_700_000), r.between(600_000, 700_000)
	var out []place
	at := func(i int) place { return place{north: north + i*23, east: east + i*17} }
	if r.chance(.6) {
		a := g.site(r)
		for n := 0; taken[a.street+a.locality]; n++ {
			a = g.site(r)
			if n > 3 {
				a.locality = fmt.Sprint(a.locality, " ", len(taken)/100+1)
			}
		}
		taken[a.street+a.locality] = true
		var used []string
		for i := range r.between(2, 7) {
			p := at(i)
			p.home = a
			p.home.number = fmt.Sprint(r.between(1, 40))
			if r.chance(.4) {
				p.home.number += " " + string(rune('A'+r.intn(4)))
			}
			if !slices.Contains(used, p.home.number) {
				used = append(used, p.home.number)
				out = append(out, p)
			}
		}
		return out
	}
	town := w["municipality"].pick(r)
	block := w["quarter"].pick(r)
	village := r.chance(.5)
	if village {
		block = w["manor"].pick(r)
	}
	for n := 0; taken[town+block]; n++ {
		block = w["manor"].pick(r)
		village = true
		if n > 3 {
			block = pick(r, swedish().first) + lowerFirst(block)
		}
		if n > 8 {
			town = fmt.Sprint(w["municipality"].pick(r), " ", len(taken)/100+1)
		}
	}
	taken[town+block] = true
	var used []string
	for i := range r.between(2, 7) {
		p := at(i)
		number := fmt.Sprint(r.between(1, 30))
		if village {
			number = fmt.Sprintf("%d:%d", r.between(1, 9), r.between(1, 60))
		}
		if slices.Contains(used, number) {
			continue
		}
		used = append(used, number)
		p.designation = [3]string{town, block, number}
		out = append(out, p)
	}
	return out
}

func (g *generation) place(p place) []string {
	r, d := g.rng, g.dice
	north, east := "", ""
	if !d.hits(r, plPositionMissing) {
		n, e := p.north, p.east
		if d.hits(r, plPositionOff) {
			n, e = n+r.between(-40, 40), e+r.between(-40, 40)
		}
		north, east = fmt.Sprint(n), fmt.Sprint(e)
	}
	source := pick(r, []string{"karta", "fastighet", "bygglov", "avfall", "omsorg"})
	if p.designation[1] != "" {
		return []string{source, "", "fastighet", "", "", "", "", g.designation(p.designation), north, east, ""}
	}
	street, postcode, locality := g.entrance(p.home)
	return []string{source, "", "adress", "", street, postcode, locality, "", north, east, ""}
}

// designation writes a fastighetsbeteckning: with the municipality or not, a
// block with kv or not.
func (g *generation) designation(d [3]string) string {
	r, dice := g.rng, g.dice
	town, block, number := d[0], d[1], d[2]
	sep := " "
	if dice.hits(r, plBlockTypo) {
		block = misspell(r, block)
	}
	if dice.hits(r, plNumberTypo) {
		number = digitTypo(r, number)
	}
	if strings.Contains(number, ":") && dice.hits(r, plColon) {
		number = strings.Replace(number, ":", pick(r, []string{" : ", ";", "-"}), 1)
	}
	var s string
	switch {
	case dice.hits(r, plTownDropped):
		s = block + sep + number
		if !strings.Contains(d[2], ":") && r.chance(.5) {
			s = pick(r, []string{"Kv ", "Kv. ", "kvarteret "}) + s
		}
	case dice.hits(r, plTownOther):
		s = pick(r, []string{town + " kommun " + block + sep + number, block + sep + number + ", " + town, town + " kn " + block + sep + number})
	default:
		s = town + " " + block + sep + number
	}
	if strings.Contains(s, "väster") || strings.Contains(s, "Väster") {
		if dice.hits(r, plShort) {
			s = strings.Replace(strings.Replace(s, "Väster", "V:", 1), "väster", "v:", 1)
		}
	}
	if dice.hits(r, plUpper) {
		s = strings.ToUpper(s)
	}
	return s
}

func (g *generation) entrance(a address) (street, postcode, locality string) {
	r, d := g.rng, g.dice
	street, number := a.street, a.number
	if d.hits(r, plStreetTypo) {
		street = misspell(r, street)
	}
	if short := abbreviated(street); short != street && d.hits(r, plStreetAbbreviated) {
		street = short
	}
	if strings.Contains(number, " ") && d.hits(r, plEntrance) {
		if r.chance(.5) {
			number = strings.ReplaceAll(number, " ", "")
		} else {
			number = strings.ToLower(number)
		}
	}
	street += " " + number
	if d.hits(r, plFlat) {
		street += pick(r, []string{" lgh ", ", lgh ", " Lgh. "}) + fmt.Sprintf("1%d0%d", r.intn(5), r.between(1, 4))
	}
	if d.hits(r, plUpper) {
		street = strings.ToUpper(street)
	}
	postcode, locality = a.postcode, a.locality
	if d.hits(r, plPostcodeMissing) {
		postcode = ""
	} else if r.chance(.5) {
		postcode = postcode[:3] + " " + postcode[3:]
	}
	if d.hits(r, plLocalityMissing) {
		locality = ""
	}
	return street, postcode, locality
}
