// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"unicode"

	"github.com/torsion-go/torsion/core/deferred"
	"github.com/torsion-go/torsion/core/service"
)

// A userFile is a directory in a text file, with a line "name: text" for each user. It is a service, which starts when the file was read.
type userFile struct {
	loop   deferred.Threads
	path   string
	users  map[string]string
	remote map[string]map[string]string // users of neighbours, whose names are the keys
	lock   *deferred.Lock               // held while the file is read or written
}

func newUserFile(loop deferred.Threads, path string) *userFile {
	return &userFile{loop: loop, path: path, users: map[string]string{}, remote: map[string]map[string]string{}, lock: deferred.NewLock(loop)}
}

var _ service.Reloader = (*userFile)(nil)

// Start reads the file.
func (f *userFile) Start() *deferred.Deferred[struct{}] { return f.Reload() }

// Stop has nothing to do.
func (f *userFile) Stop() *deferred.Deferred[struct{}] { return deferred.SucceedOn(f.loop, struct{}{}) }

// Reload reads the file again. The former users stay if it fails.
func (f *userFile) Reload() *deferred.Deferred[struct{}] {
	return deferred.RunWith(f.lock, func() *deferred.Deferred[struct{}] {
		reading := deferred.ToThread(f.loop, func() (map[string]string, error) { return readUsers(f.path) })
		return deferred.Then(reading, func(users map[string]string) (struct{}, error) {
			f.users = users
			return struct{}{}, nil
		})
	})
}

// Set changes what a user says, and fires when it is in the file.
func (f *userFile) Set(name, text string) *deferred.Deferred[struct{}] {
	return deferred.RunWith(f.lock, func() *deferred.Deferred[struct{}] {
		users := maps.Clone(f.users)
		users[name] = text
		writing := deferred.ToThread(f.loop, func() (struct{}, error) { return struct{}{}, writeUsers(f.path, users) })
		return writing.AddCallback(func(struct{}) (struct{}, error) {
			f.users = users
			return struct{}{}, nil
		})
	})
}

// User implements directory.
func (f *userFile) User(name string) *deferred.Deferred[string] {
	if name == "" {
		return deferred.SucceedOn(f.loop, strings.Join(formatUsers(f.all()), "\r\n"))
	}
	text, ok := f.all()[name]
	if !ok {
		return deferred.FailOn[string](f.loop, errNoUser)
	}
	return deferred.SucceedOn(f.loop, text)
}

// setRemote takes over what a neighbour answered, but not what it knows from its own neighbours.
func (f *userFile) setRemote(neighbour string, users map[string]string) {
	own := map[string]string{}
	for name, text := range users {
		if !strings.ContainsFunc(name, isNot) && !strings.ContainsFunc(text, unicode.IsControl) {
			own[name+"@"+neighbour] = text
		}
	}
	f.remote[neighbour] = own
}

// isNot reports whether a character is not of a name of a neighbour's own users.
func isNot(r rune) bool { return r == '@' || unicode.IsControl(r) }

// all returns the users of the file and those of the neighbours.
func (f *userFile) all() map[string]string {
	all := maps.Clone(f.users)
	for _, users := range f.remote {
		maps.Copy(all, users)
	}
	return all
}

func formatUsers(users map[string]string) []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(users)) {
		lines = append(lines, name+": "+users[name])
	}
	return lines
}

func readUsers(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseUsers(string(text))
}

func parseUsers(text string) (map[string]string, error) {
	users := map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		name, text, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("%q is not of the form name: text", line)
		}
		users[name] = strings.TrimSpace(text)
	}
	return users, nil
}

// writeUsers puts a new file in the place of the old one, so that nobody reads half of it.
func writeUsers(path string, users map[string]string) error {
	text := strings.Join(formatUsers(users), "\n") + "\n"
	if err := os.WriteFile(path+".new", []byte(text), 0o666); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
