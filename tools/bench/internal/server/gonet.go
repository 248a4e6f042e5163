// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

//go:build linux

package server

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
)

var goNet = Engine{
	Name:     "net",
	About:    "Go's net: a goroutine for each connection, one for all datagrams; TLS by crypto/tls",
	Works:    []Work{TCP, UDP, TLS},
	Why:      always,
	messages: true,
	start:    startNet,
}

var goHTTP = Engine{
	Name:  "net/http",
	About: "Go's net/http; hello without a ServeMux, files by http.FileServer",
	Works: []Work{HTTP, HTTP2, Site, HTTPS},
	Why:   always,
	start: startNetHTTP,
}

// netBuffer is what a connection reads at once, as in the engines with event loops.
const netBuffer = 64 << 10

func startNet(s Spec) (string, error) {
	if s.Work == UDP {
		return startNetUDP()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	addr := l.Addr().String()
	if s.Work == TLS {
		cfg, err := serverTLS()
		if err != nil {
			return "", err
		}
		l = tls.NewListener(l, cfg)
	}
	go func() { // runs to the end of the process
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if s.PerMessage {
				go netMessages(c, s.Size) // ends with its connection
			} else {
				go netEcho(c) // ends with its connection
			}
		}
	}()
	return addr, nil
}

func netEcho(c net.Conn) {
	defer c.Close()
	buf := make([]byte, netBuffer)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}

// netMessages flushes when there is no further message at hand, as net/http does.
func netMessages(c net.Conn, size int) {
	defer c.Close()
	r, w, msg := bufio.NewReader(c), bufio.NewWriter(c), make([]byte, size)
	for {
		if _, err := io.ReadFull(r, msg); err != nil {
			return
		}
		w.Write(msg) // Flush tells of an error
		if r.Buffered() < size && w.Flush() != nil {
			return
		}
	}
}

func startNetUDP() (string, error) {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return "", err
	}
	go func() { // runs to the end of the process
		buf := make([]byte, netBuffer)
		for {
			n, from, err := c.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			c.WriteToUDPAddrPort(buf[:n], from) // one that finds no room is lost, as on a network
		}
	}()
	return c.LocalAddr().String(), nil
}

// listen listens for the HTTP servers written in Go whose TLS is crypto/tls.
func listen(s Spec) (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil || s.Work != HTTPS {
		return l, err
	}
	cfg, err := serverTLS()
	if err != nil {
		l.Close()
		return nil, err
	}
	return tls.NewListener(l, cfg), nil
}

func startNetHTTP(s Spec) (string, error) {
	l, err := listen(s)
	if err != nil {
		return "", err
	}
	hello := []byte(Hello)
	server := &http.Server{Protocols: new(http.Protocols)}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(s.Work == HTTP2)
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Write(hello)
	})
	if s.Work.serves() {
		mux := http.NewServeMux()
		mux.Handle("/{$}", server.Handler)
		mux.Handle("/", http.FileServer(http.Dir(s.Dir)))
		mux.HandleFunc("/json", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, JSON)
		})
		mux.HandleFunc("/post", func(w http.ResponseWriter, r *http.Request) {
			n, _ := io.Copy(io.Discard, r.Body) // the answer tells how much came
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, strconv.FormatInt(n, 10))
		})
		server.Handler = mux
	}
	go server.Serve(l) // runs to the end of the process
	return l.Addr().String(), nil
}
