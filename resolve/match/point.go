package match

import (
	"math"
	"strconv"
	"strings"
)

// parseCoordinate reads a coordinate: metres of a grid, or degrees, which are
// kept in hundred-thousandths (about a metre). 0 is nothing stated.
func parseCoordinate(s string) uint32 {
	v, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(s), ",", "."), 64)
	if err != nil || math.IsNaN(v) || v == 0 || math.Abs(v) > 1e8 {
		return 0
	}
	if math.Abs(v) <= 180 {
		return uint32(int64((v+200)*1e5)) | degrees
	}
	return uint32(int64(v+5e6)) &^ degrees
}

// degrees marks a coordinate that was stated in degrees.
const degrees = 1 << 31

// point compares two places by how far they are apart.
func (c *comparer) point(x, y []uint32) int {
	t := c.t
	na, ea, nb, eb := x[t.north], x[t.east], y[t.north], y[t.east]
	if na == 0 || ea == 0 || nb == 0 || eb == 0 || na&degrees != nb&degrees {
		return unstated
	}
	north, east := float64(na&^degrees)-float64(nb&^degrees), float64(ea&^degrees)-float64(eb&^degrees)
	if na&degrees != 0 {
		latitude := float64(na&^degrees)/1e5 - 200
		north, east = north*1.11, east*1.11*math.Cos(latitude*math.Pi/180)
	}
	switch apart := math.Hypot(north, east); {
	case apart <= 3:
		return 5
	case apart <= 30:
		return 4
	case apart <= 200:
		return 3
	case apart <= 1000:
		return 2
	}
	return different
}

// cell is a square of a grid that a point is in, or 0: two grids, half a square
// apart, so that near points share one of them.
func (t *Table) cell(row []uint32, shift bool) uint64 {
	if t.north == none || row[t.north] == 0 || row[t.east] == 0 {
		return 0
	}
	const side = 128
	n, e := row[t.north]&^degrees, row[t.east]&^degrees
	if shift {
		n, e = n+side/2, e+side/2
	}
	return mixHash(uint64(n/side)<<32 | uint64(e/side) + 1)
}
