package document

// Words is the table of recurring strings, for the test of document.proto.
var Words = words[:]
