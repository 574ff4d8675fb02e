package server

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestRightsAreForLocalRequestsOnly(t *testing.T) {
	tests := []struct {
		name, remote, host, header string
		want                       bool
	}{
		{"a browser on this machine", "127.0.0.1:50000", "localhost:8080", "", true},
		{"a program on this machine", "127.0.0.1:50000", "127.0.0.1:8080", "", true},
		{"over IPv6", "[::1]:50000", "[::1]:8080", "", true},
		{"IPv4 within IPv6", "[::ffff:127.0.0.1]:50000", "127.0.0.1:8080", "", true},
		{"without a port", "127.0.0.1:50000", "localhost", "", true},
		{"another machine", "192.0.2.7:50000", "localhost:8080", "", false},
		{"a page whose name was pointed at this machine", "127.0.0.1:50000", "evil.example:8080", "", false},
		{"a name that only begins like this machine's", "127.0.0.1:50000", "localhost.evil.example", "", false},
		{"no name", "127.0.0.1:50000", "", "", false},
		{"a proxy on this machine", "127.0.0.1:50000", "localhost:8080", "X-Forwarded-For", false},
		{"a proxy that says so by the standard", "127.0.0.1:50000", "localhost:8080", "Forwarded", false},
		{"a proxy that only says that it is one", "127.0.0.1:50000", "localhost:8080", "Via", false},
		{"no address", "", "localhost:8080", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/graphql", nil)
			r.RemoteAddr, r.Host = test.remote, test.host
			if test.header != "" {
				r.Header.Set(test.header, "192.0.2.7")
			}
			if got := local(r); got != test.want {
				t.Errorf("local is %t, want %t", got, test.want)
			}
		})
	}
}

func TestOnlyALoopbackListenerIsTrusted(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:8080": true, "[::1]:8080": true, "127.8.9.10:1": true,
		"0.0.0.0:8080": false, "[::]:8080": false, "192.0.2.1:8080": false,
	} {
		a, err := net.ResolveTCPAddr("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if got := onLoopback(a); got != want {
			t.Errorf("%s is trusted: %t, want %t", address, got, want)
		}
	}
	if onLoopback(&net.UnixAddr{Name: "/run/karna.sock"}) {
		t.Error("a socket that is not TCP is trusted")
	}
}
