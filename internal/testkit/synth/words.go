package synth

var (
	givenNames = []string{"Anna", "Lars", "Maria", "Erik", "Margareta", "Karl", "Elisabeth", "Anders", "Eva", "Johan", "Kristina", "Per",
		"Birgitta", "Nils", "Karin", "Mikael", "Marie", "Jan", "Ingrid", "Hans", "Sofia", "Peter", "Lena", "Olof", "Sara", "Sven", "Åsa",
		"Göran", "Ulla", "Björn", "Elin", "Håkan", "Wilma", "Östen", "Alva", "Çelik", "Zahra", "Ali", "Fatima", "Omar", "Jussi", "Aino"}
	familyNames = []string{"Andersson", "Johansson", "Karlsson", "Nilsson", "Eriksson", "Larsson", "Olsson", "Persson", "Svensson", "Gustafsson",
		"Pettersson", "Jonsson", "Jansson", "Hansson", "Bengtsson", "Jönsson", "Lindberg", "Jakobsson", "Magnusson", "Lindström", "Olofsson",
		"Lindqvist", "Lindgren", "Berg", "Axelsson", "Bergström", "Lundberg", "Lind", "Lundgren", "Mattsson", "Berglund", "Fredriksson",
		"Sandberg", "Henriksson", "Forsberg", "Sjöberg", "Ali", "Wallin", "Mohamed", "Engström", "Eklund", "Danielsson", "Håkansson", "Lundin",
		"Öberg", "Åkesson", "Virtanen", "Hassan", "von Essen", "Ståhl", "Åström", "Ekström"}
	streets = []string{"Storgatan", "Kyrkogatan", "Skolgatan", "Järnvägsgatan", "Strandvägen", "Björkvägen", "Ängsvägen", "Åvägen", "Hamngatan",
		"Kvarnvägen", "Tallvägen", "Granvägen", "Parkvägen", "Södra vägen", "Norrgatan", "Östra Esplanaden"}
	titles = []string{"Undersköterska", "Lärare", "Barnskötare", "Förskollärare", "Handläggare", "Socialsekreterare", "Kock", "Rektor", "Vaktmästare",
		"Sjuksköterska", "Ekonom", "Bibliotekarie", "Stödassistent", "Administratör", "Ingenjör", "Enhetschef"}
	units = []string{"Enheten för hemtjänst", "Grundskola", "Förskola", "Avdelningen för ekonomi", "Vård- och omsorgsboende", "Gata och park", "Bibliotek", "Bygglov"}
)
