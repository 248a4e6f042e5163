// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package client

import (
	"encoding/base64"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/endpoint"
	"github.com/torsion-go/torsion/core/protocol"
	"github.com/torsion-go/torsion/web"
	"github.com/torsion-go/torsion/web/internal/h1"
)

// A ConnectClient connects to a host through an HTTP proxy, by CONNECT (RFC 9110 section 9.3.6). What was connected is plain: TLS with the host goes around it, by endpoint.TLSClient, and TLS
// with the proxy below it, in Inner. Its fields are immutable after start.
type ConnectClient struct {
	// Inner connects to the proxy.
	Inner endpoint.Client
	// Loop is that of Inner's connections.
	Loop protocol.Loop
	// Host is an ASCII name or an IP address, which the proxy connects to; Port is 1 to 65535.
	Host string
	Port int
	// Username and Password are for the proxy, by Basic (RFC 7617); "" for both means none.
	Username, Password string
	// Timeout bounds the answer of the proxy, from the connection to it on; 0 means 30 s.
	Timeout time.Duration
}

var _ endpoint.Client = (*ConnectClient)(nil)

// A ProxyError is the answer of an HTTP proxy that does not make a tunnel: 407 if it wants a login, or another one. It is the cause of a *protocol.ConnectError.
type ProxyError struct {
	Status int
	Phrase string // as the proxy wrote it
	Header web.Header
}

// Error tells the status.
func (e *ProxyError) Error() string {
	s := "the proxy makes no tunnel: " + strconv.Itoa(e.Status)
	if e.Phrase != "" {
		s += " " + strconv.Quote(e.Phrase)
	}
	if e.Status == 407 {
		s += ": it wants another login"
	}
	return s
}

var (
	errConnectHost  = errors.New("the host or port cannot be asked for by CONNECT")
	errConnectLogin = errors.New("a user name for Basic has no colon")
	errInterims     = errors.New("the proxy sends too many interim responses")
)

// Connect connects to the proxy and has it connect to the host. The protocol is built when the proxy has answered 2xx, and gets every byte behind that answer and none before. The error
// is a *protocol.ConnectError, with a [*ProxyError] as its cause if the proxy refused. Loop only.
func (c *ConnectClient) Connect(f protocol.Factory) *deferred.Deferred[protocol.Protocol] {
	host := strings.ToLower(c.Host)
	authority := net.JoinHostPort(host, strconv.Itoa(c.Port))
	var err error
	switch {
	case !h1.ValidHost(authority), host == "", c.Port < 1, c.Port > 65535:
		err = errConnectHost
	case strings.IndexByte(c.Username, ':') >= 0:
		err = errConnectLogin
	}
	if err != nil {
		return deferred.FailOn[protocol.Protocol](c.Loop, &protocol.ConnectError{Class: protocol.ErrConnect, Addr: authority, Err: err})
	}
	timeout := c.Timeout
	if timeout <= 0 {
		timeout = protocol.ConnectTimeout
	}
	t := &endpoint.Tunnel{
		Inner: c.Inner, Loop: c.Loop, To: protocol.HostnameAddr(host, uint16(c.Port)), Timeout: timeout, ALPN: []string{"http/1.1"},
		Negotiate: func() endpoint.Negotiation {
			return &connectNegotiation{authority: authority, login: basicLogin(c.Username, c.Password)}
		},
	}
	return t.Connect(f)
}

// basicLogin returns what Proxy-Authorization says, "" for no login.
func basicLogin(username, password string) string {
	if username == "" && password == "" {
		return ""
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
}

// connectLimits bound the head of the answer to CONNECT.
var connectLimits = h1.Limits{RequestLine: 8192, Field: 16384, Head: 32768, Fields: 100}.WithDefaults()

// maxInterims is how many heads with a status of 1xx may come before the answer.
const maxInterims = 32

// A connectNegotiation is a CONNECT and the answer to it.
type connectNegotiation struct {
	authority, login string
	parser           h1.ResponseParser
	interims         int
}

var _ endpoint.Negotiation = (*connectNegotiation)(nil)

func (n *connectNegotiation) Start() []byte {
	n.parser.Limits = &connectLimits
	b := h1.AppendRequestLine(nil, "CONNECT", n.authority)
	b = h1.AppendField(b, "Host", n.authority)
	if n.login != "" {
		b = h1.AppendField(b, "Proxy-Authorization", n.login)
	}
	return append(b, '\r', '\n')
}

// Feed takes the answer. A length in one of 2xx means nothing (RFC 9110 section 9.3.6): what follows it is the tunnel's.
func (n *connectNegotiation) Feed(p []byte) (used int, reply []byte, done bool, err error) {
	var h h1.ResponseHead
	used, err = n.parser.Parse(p, &h)
	switch {
	case err != nil || used == 0:
		return 0, nil, false, err
	case h.Interim():
		if n.interims++; n.interims > maxInterims {
			return 0, nil, false, errInterims
		}
		return used, nil, false, nil
	case h.Status < 200 || h.Status > 299:
		return 0, nil, false, &ProxyError{Status: h.Status, Phrase: h.Phrase, Header: headerOf(&h)}
	}
	return used, nil, true, nil
}
