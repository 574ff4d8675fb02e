package synth

// sets in the order of the documentation.
var sets = []Set{
	{Name: "swedish", About: "Swedish municipal records of persons in households, from five systems", Records: 100_000, Most: mostSwedish, table: swedishTable, generate: generateSwedish},
	{Name: "febrl", About: "like FEBRL 3: up to five duplicates of an original; with --link like FEBRL 4, two files", Records: 5_000, Link: true, table: febrlTable, generate: generateFebrl},
	{Name: "german", About: "like RLdata10000: common German names, a tenth duplicates with one error or two", Records: 10_000, table: germanTable, generate: generateGerman},
	{Name: "historical", About: "like Splink's historical_50k: ten noisy records a person", Records: 50_000, table: historicalTable, generate: generateHistorical},
	{Name: "fake1000", About: "like Splink's fake_1000: one to seven records a person, many fields empty", Records: 1_000, table: fakeTable, generate: generateFake},
	{Name: "organisations", About: "companies, associations, units, schools and preschools: legal forms, acronyms, new names, owner's numbers", Records: 20_000, Most: mostOrganisations, table: organisationTable, generate: generateOrganisations},
	{Name: "services", About: "municipal services in other words, of many municipalities", Records: 20_000, table: serviceTable, generate: generateServices},
	{Name: "places", About: "addresses and property designations, spelt in many ways, among their neighbours", Records: 20_000, table: placeTable, generate: generatePlaces},
	{Name: "roles", About: "employments told by two systems, of persons who may have several", Records: 20_000, Most: mostSwedish, table: roleTable, generate: generateRoles},
}
