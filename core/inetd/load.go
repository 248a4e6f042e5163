// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package inetd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/torsion-go/torsion/core/process"
)

// A spec is an entry with everything looked up that its socket and program need.
type spec struct {
	Entry
	address  string        // for package net
	builtin  string        // of an internal service
	as       *process.User // nil: as this process
	uid, gid int           // of a UNIX socket; -1: as it comes
}

// key tells which services are one and the same when a file is read again: those with one socket. Of ports that the system chooses each service has its own.
func (s *spec) key() string {
	if s.Network != "unix" && strings.HasSuffix(s.address, ":0") {
		return s.Network + " " + s.address + " " + s.Service
	}
	return s.Network + " " + s.address
}

func (s *spec) String() string { return s.Service + "/" + s.Network }

// load reads the files and looks everything up. It blocks.
func (c *Config) load() ([]*spec, error) {
	text, err := readFile(c.File)
	if err != nil {
		return nil, fmt.Errorf("inetd: %w", err)
	}
	name := c.Ports
	if name == "" {
		name = DefaultPorts
	}
	services, err := readFile(name)
	if err != nil && (c.Ports != "" || !errors.Is(err, fs.ErrNotExist)) {
		return nil, fmt.Errorf("inetd: services: %w", err)
	}
	ports := ParsePorts(services)
	entries, err := Parse(text)
	var errs []error
	if err != nil {
		errs = append(errs, inFile(err, c.File))
	}
	var all []*spec
	taken := map[string]int{}
	for _, e := range entries {
		if e.Internal && c.DisableInternal {
			e.Skipped = "internal services are not wanted"
		}
		if e.Skipped != "" {
			c.Logger.Warn("inetd: a service is left out", "file", c.File, "line", e.Line, "service", e.Service, "why", e.Skipped)
			continue
		}
		s, err := resolve(e, ports)
		if err == nil {
			if first := taken[s.key()]; first != 0 {
				err = fmt.Errorf("%s is served by line %d already", s, first)
			}
			taken[s.key()] = s.Line
		}
		if err != nil {
			errs = append(errs, &LineError{c.File, e.Line, err})
			continue
		}
		all = append(all, s)
	}
	return all, errors.Join(errs...)
}

func readFile(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err == nil && len(text) > MaxFile {
		err = fmt.Errorf("%s: longer than %d bytes", name, MaxFile)
	}
	return string(text), err
}

// resolve looks up what an entry names.
func resolve(e Entry, ports Ports) (*spec, error) {
	s := &spec{Entry: e, address: e.Service, uid: -1, gid: -1}
	port := uint16(0)
	if e.Network != "unix" {
		var err error
		if port, err = ports.Lookup(e.Service, e.Network[:3]); err != nil {
			return nil, err
		}
		host := e.Host
		if host == "localhost" {
			host = "127.0.0.1"
			if strings.HasSuffix(e.Network, "6") {
				host = "::1"
			}
		}
		s.address = net.JoinHostPort(host, strconv.Itoa(int(port)))
	}
	if e.Internal {
		s.builtin = e.Service
		if len(e.Args) > 0 {
			s.builtin = e.Args[0]
		}
		return s, s.internal(port)
	}
	st, err := os.Stat(e.Program)
	switch {
	case err != nil:
		return nil, fmt.Errorf("program: %w", err)
	case !st.Mode().IsRegular() || st.Mode().Perm()&0o111 == 0:
		return nil, fmt.Errorf("program %s: not a file that can be executed", e.Program)
	}
	if s.as, err = account(e.User, e.Group); err != nil {
		return nil, err
	}
	if s.as != nil {
		s.uid, s.gid = int(s.as.UID), int(s.as.GID)
	}
	return s, s.owner()
}

// owner looks up whose a UNIX socket is.
func (s *spec) owner() error {
	if s.Owner != "" {
		u, err := findUser(s.Owner)
		if err != nil {
			return err
		}
		if s.uid = int(u.UID); !u.noGroup {
			s.gid = int(u.GID)
		}
	}
	if s.OwnerGroup != "" {
		gid, err := findGroup(s.OwnerGroup)
		if err != nil {
			return err
		}
		s.gid = int(gid)
	}
	return nil
}

// internal checks the name of a service that is built in, which may be a number or one of its other names.
func (s *spec) internal(port uint16) error {
	aliases := map[string]string{"sink": "discard", "null": "discard", "ttytst": "chargen", "source": "chargen"}
	if name, ok := aliases[s.builtin]; ok {
		s.builtin = name
	}
	for _, b := range builtin {
		if _, err := strconv.Atoi(s.builtin); s.builtin == b.name || err == nil && port == b.port {
			s.builtin = b.name
			return s.owner()
		}
	}
	return fmt.Errorf("internal service %q: none of echo, discard, daytime, chargen and time", s.builtin)
}
