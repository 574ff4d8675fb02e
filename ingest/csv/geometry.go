package csv

import (
	"math"
	"strings"

	"github.com/wroge/wgs84"

	"github.com/karna-registry/karna/ingest/draft"
	"github.com/karna-registry/karna/ingest/normalise"
	"github.com/karna-registry/karna/model"
)

// reference is a coordinate reference system that files come in.
type reference struct {
	epsg uint32
	// The extent, a little beyond the countries it is for: what lies outside is
	// an error, most often east and north changed about.
	east, north [2]float64
	toWGS84     wgs84.Func // nil if it is WGS 84
}

// The zones' own constructors are used: the library answers EPSG:3006 silently
// wrong.
var references = map[string]reference{
	"EPSG:4326": {4326, [2]float64{4, 35}, [2]float64{53, 73}, nil},
	"EPSG:3006": {3006, [2]float64{180_000, 1_100_000}, [2]float64{6_000_000, 7_800_000}, wgs84.Transform(wgs84.ETRS89UTM(33), wgs84.LonLat())},
	"EPSG:3067": {3067, [2]float64{-20_000, 900_000}, [2]float64{6_500_000, 7_850_000}, wgs84.Transform(wgs84.ETRS89UTM(35), wgs84.LonLat())},
}

// ofJurisdiction are the systems of coordinates that say nothing of theirs: SWEREF 99
// TM in Sweden, ETRS-TM35FIN in Finland and on Åland.
var ofJurisdiction = map[string]string{normalise.Sweden: "EPSG:3006", normalise.Aland: "EPSG:3067", normalise.Finland: "EPSG:3067"}

// of is the system of a field's coordinates, in a jurisdiction where the mapping does
// not name it.
func (p *pointPlan) of(jurisdiction string) reference {
	if p.in.epsg == 0 {
		return references[ofJurisdiction[jurisdiction]]
	}
	return p.in
}

// point reads two columns as a position, in numbers with a decimal sign.
func point(r *draft.Record, p model.PropertyID, east, north cell, in reference, decimal byte) {
	e, n := east.text(), north.text()
	if e == "" && n == "" {
		return
	}
	x, agreesX, okX := normalise.NumberIn(e, decimal)
	y, agreesY, okY := normalise.NumberIn(n, decimal)
	if !okX || !okY {
		draft.Issue(r, p, east, e+" "+n, model.IssueBadCoordinate, model.Failed, "not two numbers; the position is not taken, correct it in the source")
		return
	}
	if x < in.east[0] || x > in.east[1] || y < in.north[0] || y > in.north[1] {
		draft.Issue(r, p, east, e+" "+n, model.IssueBadCoordinate, model.Failed, "outside the reference system's area; check that east and north are not changed about, the position is not taken")
		return
	}
	for _, c := range [...]struct {
		at     cell
		agrees bool
	}{{east, agreesX}, {north, agreesY}} {
		if !c.agrees {
			draft.Issue(r, p, c.at, e+" "+n, model.IssueBadCoordinate, model.Warning, draft.OtherDecimalSign)
		}
	}
	g := model.Geometry{Lon: x, Lat: y, CRS: in.epsg}
	if in.toWGS84 != nil {
		g.Lon, g.Lat, _ = in.toWGS84(x, y, 0)
	}
	if in.toWGS84 != nil || !agreesX || !agreesY {
		g.Original = strings.TrimSpace(e) + " " + strings.TrimSpace(n)
	}
	// Seven decimals are a centimetre; more differ between processors.
	g.Lon, g.Lat = math.Round(g.Lon*1e7)/1e7, math.Round(g.Lat*1e7)/1e7
	r.Add(p, g, "")
}
