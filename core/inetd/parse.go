// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strconv"
	"strings"
)

// Parse reads a configuration in the format of inetd.conf:
//
//	[HOST:]SERVICE stream|dgram PROTOCOL wait|nowait[.RATE][/NUMBER] USER[.GROUP] PROGRAM|internal [ARGUMENTS]
//
// PROTOCOL is tcp, udp, each also with 4 or 6, or unix, where SERVICE is a path, or :USER:GROUP:MODE:PATH. HOST is an IP address, in brackets if it is IPv6, "localhost" or "*"; a
// line of HOST: alone is for those that follow. Lines that begin with "#" are comments, lines that begin with a blank continue the one before, and "..." or '...' is one
// field. The error joins a *LineError for each line that is wrong; the other entries are returned nevertheless. Safe from any goroutine.
func Parse(text string) ([]Entry, error) {
	if len(text) > MaxFile {
		return nil, fmt.Errorf("inetd: the configuration is longer than %d bytes", MaxFile)
	}
	var (
		all  []Entry
		errs []error
		host string
	)
	for _, l := range lines(text) {
		fields, err := split(l.text)
		switch {
		case err == nil && len(fields) == 1 && strings.HasSuffix(fields[0], ":"):
			host, err = parseHost(strings.TrimSuffix(fields[0], ":"))
		case err == nil && len(all) == MaxEntries:
			return all, errors.Join(append(errs, &LineError{Line: l.number, Err: fmt.Errorf("more than %d services", MaxEntries)})...)
		case err == nil:
			e := Entry{Line: l.number, Host: host}
			if err = e.parse(fields); err == nil {
				all = append(all, e)
			}
		}
		if err != nil {
			errs = append(errs, &LineError{Line: l.number, Err: err})
		}
	}
	return all, errors.Join(errs...)
}

// A line is one with those that continue it.
type line struct {
	number int
	text   string
}

func lines(text string) (all []line) {
	number, open := 0, false
	for one := range strings.Lines(text) {
		number++
		one = strings.TrimRight(one, "\r\n")
		trimmed := strings.TrimLeft(one, " \t")
		switch {
		case trimmed == "":
			open = false
		case trimmed[0] == '#':
		case len(trimmed) < len(one) && open:
			all[len(all)-1].text += " " + trimmed
		default:
			all = append(all, line{number, trimmed})
			open = true
		}
	}
	return all
}

// split takes a line apart at blanks outside quotes.
func split(text string) (fields []string, err error) {
	if i := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }); i >= 0 {
		return nil, fmt.Errorf("a control character, %q", text[i])
	}
	for text = strings.TrimLeft(text, " \t"); text != ""; text = strings.TrimLeft(text, " \t") {
		end, begin := strings.IndexAny(text, " \t"), 0
		if quote := text[0]; quote == '"' || quote == '\'' {
			begin, end = 1, strings.IndexByte(text[1:], quote)+1
			if end == 0 {
				return nil, fmt.Errorf("no closing %c", quote)
			}
		}
		if end < 0 {
			end = len(text)
		}
		fields = append(fields, text[begin:end])
		if text = text[end:]; begin == 1 {
			text = text[1:]
		}
		if len(fields) > MaxArgs+6 {
			return nil, fmt.Errorf("more than %d arguments", MaxArgs)
		}
	}
	return fields, nil
}

func (e *Entry) parse(f []string) error {
	if len(f) < 6 {
		return fmt.Errorf("%d fields, where there are at least 6: service, stream or dgram, protocol, wait or nowait, user, program", len(f))
	}
	if rpc := strings.HasPrefix(f[2], "rpc/"); rpc || strings.HasPrefix(f[0], "tcpmux/") {
		e.Service, e.Network, e.Skipped = f[0], f[2], "tcpmux is not supported"
		if rpc {
			e.Skipped = "RPC is not supported"
		}
		return nil
	}
	switch f[1] {
	case "stream", "dgram":
		e.Datagram = f[1] == "dgram"
	default:
		return fmt.Errorf("socket type %q: neither stream nor dgram", f[1])
	}
	e.Network = f[2]
	switch f[2] {
	case "tcp", "tcp4", "tcp6", "unix":
		if e.Datagram {
			return fmt.Errorf("protocol %s with dgram", f[2])
		}
	case "udp", "udp4", "udp6":
		if !e.Datagram {
			return fmt.Errorf("protocol %s with stream", f[2])
		}
	default:
		return fmt.Errorf("protocol %q is not supported", f[2])
	}
	if err := e.parseWait(f[3]); err != nil {
		return err
	}
	if f[4] == "" || strings.Contains(f[4], "/") {
		return fmt.Errorf("user %q: not USER or USER.GROUP; login classes are not supported", f[4])
	}
	e.User = f[4]
	if user, group, ok := strings.Cut(f[4], ":"); ok {
		e.User, e.Group = user, group
		if user == "" || group == "" {
			return fmt.Errorf("user %q: a name is missing", f[4])
		}
	}
	e.Internal = f[5] == "internal"
	if e.Args = f[6:]; len(e.Args) > MaxArgs {
		return fmt.Errorf("more than %d arguments", MaxArgs)
	}
	switch {
	case e.Internal && e.Network == "unix" && len(e.Args) == 0:
		return errors.New("an internal service on a UNIX socket needs its name as argument")
	case e.Internal:
		if !e.Datagram && e.Wait {
			return errors.New("an internal stream service is nowait")
		}
	case !strings.HasPrefix(f[5], "/"):
		return fmt.Errorf("program %q: not a path from the root", f[5])
	case e.Datagram && !e.Wait:
		return errors.New("dgram with nowait: the datagram that wakes a program would start one after another; it has to be wait")
	default:
		if e.Program = f[5]; len(e.Args) == 0 {
			e.Args = []string{e.Program}
		}
	}
	if e.Network == "unix" {
		return e.parsePath(f[0])
	}
	return e.parseService(f[0])
}

func (e *Entry) parseWait(text string) error {
	bad := func() error { return fmt.Errorf("%q: neither wait nor nowait, with .RATE and /NUMBER", text) }
	rest, number, many := strings.Cut(text, "/")
	rest, rate, rated := strings.Cut(rest, ".")
	e.Wait = rest == "wait"
	if !e.Wait && rest != "nowait" {
		return bad()
	}
	for _, n := range []struct {
		given bool
		text  string
		to    *int
	}{{many, number, &e.MaxChildren}, {rated, rate, &e.Rate}} {
		if n.given {
			v, err := strconv.ParseUint(n.text, 10, 20)
			if err != nil || v == 0 {
				return bad()
			}
			*n.to = int(v)
		}
	}
	return nil
}

func (e *Entry) parseService(text string) (err error) {
	e.Service = text
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		e.Service = text[i+1:]
		if e.Host, err = parseHost(text[:i]); err != nil {
			return err
		}
	}
	if e.Service == "" {
		return fmt.Errorf("service %q: no name", text)
	}
	ip, err := netip.ParseAddr(e.Host)
	if err != nil {
		return nil // none, or localhost
	}
	switch six := strings.HasSuffix(e.Network, "6"); {
	case six && ip.Is4(), strings.HasSuffix(e.Network, "4") && !ip.Is4():
		return fmt.Errorf("address %s with protocol %s", ip, e.Network)
	}
	return nil
}

// parseHost takes the brackets off, and returns "" for all.
func parseHost(text string) (string, error) {
	switch text {
	case "*":
		return "", nil
	case "localhost":
		return text, nil
	}
	bare := text
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		bare = text[1 : len(text)-1]
	}
	ip, err := netip.ParseAddr(bare)
	if err != nil || ip.Is4() && bare != text {
		return "", fmt.Errorf("host %q: not an IP address, localhost or *", text)
	}
	return ip.Unmap().String(), nil
}

// parsePath parses the path of a UNIX socket. FreeBSD: :user:group:mode:path.
func (e *Entry) parsePath(text string) error {
	e.Service, e.Mode, e.Host = text, DefaultSocketMode, ""
	if strings.HasPrefix(text, ":") {
		f := strings.SplitN(text[1:], ":", 4)
		if len(f) < 4 {
			return fmt.Errorf("socket %q: not :USER:GROUP:MODE:PATH", text)
		}
		mode, err := strconv.ParseUint(f[2], 8, 9)
		if err != nil {
			return fmt.Errorf("socket %q: mode %q is not one", text, f[2])
		}
		e.Owner, e.OwnerGroup, e.Mode, e.Service = f[0], f[1], fs.FileMode(mode), f[3]
	}
	if !strings.HasPrefix(e.Service, "/") {
		return fmt.Errorf("socket %q: not a path from the root", text)
	}
	return nil
}
