package normalise

import "strings"

// PostalCode is a postcode of five digits without a space, for Sweden, Åland
// and Finland. A country's letters before it (SE-, S-, FI-, AX-) are dropped. A
// Swedish one never starts with 0, so 123 45 written as a number keeps its
// digits.
func PostalCode(s, jurisdiction string) (code string, ok bool) {
	text, _ := Text(s)
	text = strings.ToUpper(text)
	finnish := isFinnish(jurisdiction)
	for prefix, foreign := range map[string]bool{"SE": false, "S": false, "FI": true, "AX": true} {
		rest, found := strings.CutPrefix(text, prefix)
		if !found || rest == "" || rest[0] != '-' && rest[0] != ' ' && (rest[0] < '0' || rest[0] > '9') {
			continue
		}
		text, finnish = strings.TrimLeft(rest, "- "), foreign
		break
	}
	text = strings.ReplaceAll(text, " ", "")
	if len(text) != 5 || !isDigits(text) || (!finnish && text[0] == '0') {
		return "", false
	}
	return text, true
}

func isDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Kommunkod is a Swedish municipality's four digits; sources that carry the
// code as a number lose the first zero, which is put back.
func Kommunkod(s string) (code string, ok bool) { return padded(s, 4) }

// Lanskod is a Swedish county's two digits, with the first zero put back.
func Lanskod(s string) (code string, ok bool) { return padded(s, 2) }

// padded puts back at most one zero: a code that lost more was never one.
func padded(s string, width int) (string, bool) {
	text, _ := Text(s)
	if len(text) == width-1 {
		text = "0" + text
	}
	if len(text) != width || !isDigits(text) || strings.Trim(text[:2], "0") == "" {
		return "", false
	}
	return text, true
}

// Country is the ISO 3166-1 alpha-2 code of a country that a source names by a
// code or by its Swedish, Finnish or English name. Countries that residents of
// Sweden and Åland have addresses in most often are known by name; any two
// letters pass as a code.
func Country(s string) (code string, ok bool) {
	text, _ := Text(s)
	folded := Fold(text)
	if code, ok := countries[folded]; ok {
		return code, true
	}
	upper := strings.ToUpper(text)
	if len(upper) == 2 && upper[0] >= 'A' && upper[0] <= 'Z' && upper[1] >= 'A' && upper[1] <= 'Z' {
		return upper, true
	}
	return "", false
}

// countries is by folded name.
var countries = foldKeys(map[string]string{
	"SE": "Sverige,Sweden,Ruotsi,SWE,S", "FI": "Finland,Suomi,FIN,SF", "AX": "Åland,Åland Islands,Ahvenanmaa,ALA",
	"NO": "Norge,Norway,Norja,NOR,N", "DK": "Danmark,Denmark,Tanska,DNK", "IS": "Island,Iceland,Islanti,ISL",
	"FO": "Färöarna,Faroe Islands,Färsaaret,FRO", "GL": "Grönland,Greenland,Grönlanti,GRL",
	"DE": "Tyskland,Germany,Saksa,DEU,Deutschland", "GB": "Storbritannien,United Kingdom,Great Britain,Iso-Britannia,England,Skottland,Scotland,Wales,GBR,UK",
	"IE": "Irland,Ireland,Irlanti,IRL", "FR": "Frankrike,France,Ranska,FRA", "ES": "Spanien,Spain,Espanja,ESP", "PT": "Portugal,Portugali,PRT",
	"IT": "Italien,Italy,Italia,ITA", "NL": "Nederländerna,Netherlands,The Netherlands,Holland,Alankomaat,NLD", "BE": "Belgien,Belgium,Belgia,BEL",
	"LU": "Luxemburg,Luxembourg,LUX", "CH": "Schweiz,Switzerland,Sveitsi,CHE", "AT": "Österrike,Austria,Itävalta,AUT",
	"PL": "Polen,Poland,Puola,POL", "CZ": "Tjeckien,Czechia,Czech Republic,Tshekki,CZE", "SK": "Slovakien,Slovakia,SVK", "HU": "Ungern,Hungary,Unkari,HUN",
	"RO": "Rumänien,Romania,ROU", "BG": "Bulgarien,Bulgaria,BGR", "GR": "Grekland,Greece,Kreikka,GRC", "HR": "Kroatien,Croatia,Kroatia,HRV",
	"RS": "Serbien,Serbia,SRB", "BA": "Bosnien och Hercegovina,Bosnien-Hercegovina,Bosnia and Herzegovina,Bosnia,BIH", "XK": "Kosovo",
	"MK": "Nordmakedonien,North Macedonia,Makedonien,MKD", "AL": "Albanien,Albania,ALB", "SI": "Slovenien,Slovenia,SVN", "ME": "Montenegro,MNE",
	"EE": "Estland,Estonia,Viro,EST", "LV": "Lettland,Latvia,LVA", "LT": "Litauen,Lithuania,Liettua,LTU",
	"UA": "Ukraina,Ukraine,UKR", "RU": "Ryssland,Russia,Venäjä,RUS", "BY": "Belarus,Vitryssland,Valko-Venäjä,BLR", "TR": "Turkiet,Turkey,Türkiye,Turkki,TUR",
	"CY": "Cypern,Cyprus,Kypros,CYP", "MT": "Malta,MLT", "US": "USA,Förenta staterna,United States,United States of America,Yhdysvallat",
	"CA": "Kanada,Canada,CAN", "AU": "Australien,Australia,AUS", "NZ": "Nya Zeeland,New Zealand,Uusi-Seelanti,NZL",
	"SY": "Syrien,Syria,Syyria,SYR", "IQ": "Irak,Iraq,IRQ", "IR": "Iran,IRN", "AF": "Afghanistan,AFG", "SO": "Somalia,SOM", "ER": "Eritrea,ERI",
	"ET": "Etiopien,Ethiopia,Etiopia,ETH", "LB": "Libanon,Lebanon,LBN", "PS": "Palestina,Palestine,PSE", "JO": "Jordanien,Jordan,Jordania,JOR",
	"EG": "Egypten,Egypt,Egypti,EGY", "MA": "Marocko,Morocco,Marokko,MAR", "TN": "Tunisien,Tunisia,TUN",
	"IN": "Indien,India,Intia,IND", "PK": "Pakistan,PAK", "BD": "Bangladesh,BGD", "CN": "Kina,China,Kiina,CHN", "JP": "Japan,Japani,JPN",
	"TH": "Thailand,Thaimaa,THA", "VN": "Vietnam,Viet Nam,VNM", "PH": "Filippinerna,Philippines,Filippiinit,PHL", "KR": "Sydkorea,South Korea,KOR",
	"BR": "Brasilien,Brazil,Brasilia,BRA", "CL": "Chile,CHL", "AR": "Argentina,ARG", "CO": "Colombia,COL", "MX": "Mexiko,Mexico,MEX",
	"AE": "Förenade Arabemiraten,United Arab Emirates,ARE", "IL": "Israel,ISR", "ZA": "Sydafrika,South Africa,ZAF", "KE": "Kenya,Kenia,KEN",
	"NG": "Nigeria,NGA", "GM": "Gambia,GMB", "UG": "Uganda,UGA",
})

func foldKeys(names map[string]string) map[string]string {
	out := make(map[string]string, 4*len(names))
	for code, list := range names {
		for name := range strings.SplitSeq(list, ",") {
			out[Fold(name)] = code
		}
	}
	return out
}
