// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package load

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/torsion-go/torsion/core/certificate"
)

// A fault is what a server does wrong, once, when it has answered some messages well.
type fault string

const (
	good    fault = "good"
	corrupt fault = "corrupts a byte"
	ends    fault = "closes early"
	short   fault = "answers short"
	surplus fault = "answers too much"
	mute    fault = "does not answer"
)

// wellBefore is how many answers come before the fault: more than what opens the connections takes.
const wellBefore = 40

// A faulty is a server with a fault.
type faulty struct {
	addr    netip.AddrPort
	fault   fault
	answers atomic.Int64
	conns   sync.WaitGroup
}

// spoil applies the fault to an answer and tells whether the connection goes on. A server that falls silent stays silent until the client leaves.
func (f *faulty) spoil(p []byte) (out []byte, more bool) {
	if f.answers.Add(1) < wellBefore {
		return p, true
	}
	switch f.fault {
	case corrupt:
		p[len(p)-1] ^= 0x40
	case ends:
		return nil, false
	case short:
		return p[:len(p)-1], true
	case surplus:
		return append(p, 'x'), true
	case mute:
		return nil, true
	}
	return p, true
}

// listen serves connections until the test ends.
func (f *faulty) listen(t *testing.T, cfg *tls.Config, serve func(net.Conn)) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.addr = netip.MustParseAddrPort(l.Addr().String())
	f.conns.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if cfg != nil {
				c = tls.Server(c, cfg)
			}
			f.conns.Go(func() {
				defer c.Close()
				serve(c)
			})
		}
	})
	t.Cleanup(func() { // the clients have closed their connections by now
		l.Close()
		f.conns.Wait()
	})
}

func echoServer(t *testing.T, what fault, size int, cfg *tls.Config) *faulty {
	f := &faulty{fault: what}
	f.listen(t, cfg, func(c net.Conn) {
		p := make([]byte, size, size+1)
		for {
			if _, err := io.ReadFull(c, p[:size]); err != nil {
				return
			}
			out, more := f.spoil(p[:size])
			if _, err := c.Write(out); err != nil || !more {
				return
			}
		}
	})
	return f
}

// piecesServer sends back whatever arrives.
func piecesServer(t *testing.T, what fault) *faulty {
	f := &faulty{fault: what}
	f.listen(t, nil, func(c net.Conn) {
		p := make([]byte, 64<<10, 64<<10+1)
		for {
			n, err := c.Read(p[:64<<10])
			if err != nil {
				return
			}
			out, more := f.spoil(p[:n])
			if _, err := c.Write(out); err != nil || !more {
				return
			}
		}
	})
	return f
}

const helloBody = "Hello, World!"

func helloOver(t *testing.T, what fault, cfg *tls.Config) *faulty {
	f := &faulty{fault: what}
	f.listen(t, cfg, func(c net.Conn) {
		r := bufio.NewReader(c)
		for {
			last, body := false, 0
			for line := ""; line != "\r\n"; {
				var err error
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
				last = last || line == "Connection: close\r\n"
				if length, ok := strings.CutPrefix(line, "Content-Length: "); ok {
					body, _ = strconv.Atoi(strings.TrimSpace(length))
				}
			}
			if _, err := r.Discard(body); err != nil {
				return
			}
			head := "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(helloBody)) + "\r\n\r\n"
			out, more := f.spoil([]byte(head + helloBody))
			if _, err := c.Write(out); err != nil || !more {
				return
			}
			if last {
				if (f.fault == mute || f.fault == short) && f.answers.Load() >= wellBefore {
					r.ReadByte() // the end of the connection would tell that no more comes
				}
				return
			}
		}
	})
	return f
}

// helloServer2 speaks HTTP/2. Settings and a ping come before its answers.
func helloServer2(t *testing.T, what fault) *faulty {
	f := &faulty{fault: what}
	f.listen(t, nil, func(c net.Conn) {
		if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		var out, block bytes.Buffer
		in, w, e := http2.NewFramer(nil, bufio.NewReader(c)), http2.NewFramer(&out, nil), hpack.NewEncoder(&block)
		w.WriteSettings()
		w.WritePing(false, [8]byte{1, 2})
		for {
			frame, err := in.ReadFrame()
			if err != nil {
				return
			}
			h, ok := frame.(*http2.HeadersFrame)
			if !ok {
				continue
			}
			block.Reset()
			e.WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
			e.WriteField(hpack.HeaderField{Name: "server", Value: "s"})
			w.WriteHeaders(http2.HeadersFrameParam{StreamID: h.StreamID, BlockFragment: block.Bytes(), EndHeaders: true})
			w.WriteData(h.StreamID, true, []byte(helloBody))
			answer, more := f.spoil(out.Bytes())
			if _, err := c.Write(answer); err != nil || !more {
				return
			}
			out.Reset()
		}
	})
	return f
}

// datagramServer answers each datagram by what answer makes of it.
func datagramServer(t *testing.T, answer func(n int, p []byte) [][]byte) netip.AddrPort {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		p := make([]byte, 2048)
		for n := 1; ; n++ {
			k, from, err := c.ReadFromUDPAddrPort(p)
			if err != nil {
				return
			}
			for _, out := range answer(n, p[:k]) {
				c.WriteToUDPAddrPort(out, from) // one that is lost is sent again
			}
		}
	})
	t.Cleanup(func() {
		c.Close()
		serving.Wait()
	})
	return c.LocalAddr().(*net.UDPAddr).AddrPort()
}

// serverTLS is made once for all tests.
var serverTLS = sync.OnceValue(func() *tls.Config {
	key, err := certificate.GenerateKey()
	if err != nil {
		panic(err)
	}
	cert, err := key.SelfSigned(certificate.Template{Subject: certificate.DistinguishedName{CommonName: "localhost"}})
	if err != nil {
		panic(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert.TLS()}}
})
