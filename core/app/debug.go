// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"strings"
	"time"
)

// maxProfileTime bounds what a client of --debug can ask for.
const maxProfileTime = 10 * time.Minute

// checkLoopback refuses an address that others than this machine could reach.
func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if !isLoopback(host) {
		return fmt.Errorf("%q is not this machine's own address, such as 127.0.0.1: profiles tell secrets", host)
	}
	return nil
}

func isLoopback(host string) bool {
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && a.IsLoopback()
}

// startDebug serves live profiles at --debug, with net/http: what is to be debugged may be Torsion.
func (p *program) startDebug() error {
	if p.options.debug == "" {
		return nil
	}
	l, err := p.listenDebug()
	if err != nil {
		return fmt.Errorf("--debug: %w", err)
	}
	server := &http.Server{Handler: http.HandlerFunc(serveProfile), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan struct{})
	go func() { // the function for the end waits for it
		defer close(served)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			p.log.Error("--debug serves no more", "error", err)
		}
	}()
	p.log.Info("serving profiles", "url", "http://"+l.Addr().String()+profilePath)
	p.atEnd(func() {
		server.Close()
		<-served
	})
	return nil
}

// listenDebug listens, or takes the predecessor's socket over, and keeps it for a successor.
func (p *program) listenDebug() (l net.Listener, err error) {
	key := debugKey(p.options.debug)
	if fd, ok := p.from.File(key); ok {
		f := os.NewFile(uintptr(fd), key)
		l, err = net.FileListener(f)
		f.Close()
	} else {
		l, err = net.Listen("tcp", p.options.debug)
	}
	if err != nil {
		return nil, err
	}
	if t, ok := l.(*net.TCPListener); ok {
		if raw, err := t.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) { p.passedOn[key] = int(fd) }) // it stays open until the end
		}
	}
	return l, nil
}

const profilePath = "/debug/pprof/"

// serveProfile answers as net/http/pprof does, which would put itself into the handlers of every program that imports this package.
func serveProfile(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	name, ok := strings.CutPrefix(r.URL.Path, profilePath)
	if !isLoopback(host) || !ok { // a page that a browser here was led to by another name
		http.NotFound(w, r)
		return
	}
	seconds := 30 * time.Second
	if s := r.FormValue("seconds"); s != "" {
		n, err := strconv.ParseUint(s, 10, 16)
		if seconds = time.Duration(n) * time.Second; err != nil || seconds == 0 || seconds > maxProfileTime {
			http.Error(w, "seconds: not a number between 1 and 600", http.StatusBadRequest)
			return
		}
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch profile := pprof.Lookup(name); {
	case name == "":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "profile\ntrace")
		for _, p := range pprof.Profiles() {
			fmt.Fprintln(w, p.Name())
		}
	case name == "profile":
		during(r.Context(), w, seconds, pprof.StartCPUProfile(w), pprof.StopCPUProfile)
	case name == "trace":
		during(r.Context(), w, seconds, trace.Start(w), trace.Stop)
	case profile == nil:
		http.NotFound(w, r)
	default:
		level, _ := strconv.Atoi(r.FormValue("debug")) // 0 is the form for programs
		_ = profile.WriteTo(w, level)                  // the client may have gone
	}
}

// during lets what has started go on for a time.
func during(ctx context.Context, w http.ResponseWriter, d time.Duration, err error, stop func()) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	defer stop()
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
