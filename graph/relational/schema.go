package relational

// Tables that are filled in bulk, with their columns in the order in which rows
// are written. The migrations of each engine create them.
var (
	headTable = table("head",
		Column{"tenant", SmallInt}, Column{"source", SmallInt}, Column{"kind", SmallInt}, Column{"part", SmallInt},
		Column{"live", SmallInt}, Column{"revision", Integer}, Column{"stamp", BigInt}, Column{"id", ID},
		Column{"content", ID}, Column{"item", ID}, Column{"golden", ID}, Column{"local_id", Text})
	versionTable = table("record_version",
		Column{"tenant", SmallInt}, Column{"revision", Integer}, Column{"stamp", BigInt}, Column{"id", ID},
		Column{"delivery", ID}, Column{"doc", Bytes}, Column{"said", BigInt})
	goldenTable = table("golden",
		Column{"tenant", SmallInt}, Column{"kind", SmallInt}, Column{"disclosure", SmallInt}, Column{"state", SmallInt},
		Column{"revision", Integer}, Column{"id", ID}, Column{"redirect", Bytes}, Column{"sort", Bytes},
		Column{"doc", Bytes}, Column{"evidence", Bytes})
	changeTable = table("change",
		Column{"tenant", SmallInt}, Column{"revision", Integer}, Column{"id", ID})
	termTable = table("term",
		Column{"tenant", SmallInt}, Column{"space", SmallInt}, Column{"key", Bytes}, Column{"id", ID})
	linkTable = table("link",
		Column{"period", BigInt}, Column{"tenant", SmallInt}, Column{"property", SmallInt}, Column{"target", ID},
		Column{"origin", ID}, Column{"role", Text}, Column{"disclosure", SmallInt})
	matchKeyTable = table("matchkey",
		Column{"key", BigInt}, Column{"tenant", SmallInt}, Column{"record", ID})
	indexTable = table("match_index",
		Column{"tenant", SmallInt}, Column{"kind", SmallInt}, Column{"key", Bytes}, Column{"record", ID})
	indexedTable = table("match_record",
		Column{"tenant", SmallInt}, Column{"kind", SmallInt}, Column{"record", ID}, Column{"keys", Bytes})
	sealedTable = table("sealed", append([]Column{{"tenant", SmallInt}}, sealedKey...)...)

	sealedKey = []Column{{"ref", ID}, {"hash", ID}, {"key_id", BigInt}, {"data", Bytes}}
)

var tables []*Table

// Tables lists the tables that are filled in bulk.
func Tables() []*Table { return tables }

func table(name string, columns ...Column) *Table {
	t := &Table{Number: len(tables), Name: name, Columns: columns}
	tables = append(tables, t)
	return t
}
