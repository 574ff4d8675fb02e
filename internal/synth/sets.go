package synth

// sets in the order of the documentation.
var sets = []Set{
	{Name: "swedish", About: "Swedish municipal records of persons in households, from five systems", Records: 100_000, table: swedishTable, generate: generateSwedish},
}
