package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// local tells whether a request was sent by a program on this machine that
// meant to ask this server. A browser that was led here by a foreign name says
// that name; a proxy says whom it speaks for.
func local(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !from.Addr().Unmap().IsLoopback() || !loopbackHost(r.Host) {
		return false
	}
	for _, name := range [...]string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via"} {
		if _, passedOn := r.Header[name]; passedOn {
			return false
		}
	}
	return true
}

// loopbackHost tells whether a Host header names this machine to itself.
func loopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	if strings.EqualFold(name, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.Unmap().IsLoopback()
}

// onLoopback tells whether a listener can be reached from this machine only.
func onLoopback(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}
