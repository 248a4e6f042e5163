// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package cookiejar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/torsion-go/torsion/core/fspath"
)

const (
	fileHead     = "# Netscape HTTP Cookie File\n# This file was written by torsion. Edit at your own risk.\n\n"
	httpOnlyMark = "#HttpOnly_"
	maxFile      = 64 << 20
)

// ErrFileTooLarge is returned when a file of cookies has more than 64 MiB.
var ErrFileTooLarge = errors.New("cookiejar: the file is too large")

// Save writes all cookies, those of the session too, to a file that only its owner can read, in the format of [Jar.WriteTo]. The file has its old content or the new one,
// whatever happens. It uses the disk: not on a loop.
func (j *Jar) Save(name string) error {
	path, err := fspath.New(name)
	if err != nil {
		return fmt.Errorf("cookiejar: save: %w", err)
	}
	var b bytes.Buffer
	j.WriteTo(&b)
	if err := os.Chmod(name, 0o600); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cookiejar: %w", err)
	}
	if err := path.SetContent(b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("cookiejar: save %s: %w", name, err)
	}
	return nil
}

// Load adds the cookies of a file: see [Jar.ReadFrom]. One that is not there is an error, fs.ErrNotExist. It uses the disk: not on a loop.
func (j *Jar) Load(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("cookiejar: %w", err)
	}
	defer f.Close()
	if _, err := j.ReadFrom(f); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// WriteTo writes all cookies that have not expired in the format of Netscape's cookies.txt: seven fields a line with tabs between, as curl, wget and Python's MozillaCookieJar
// read and write them. It has no SameSite, and no name with a tab: a cookie with one is left out. It implements io.WriterTo.
func (j *Jar) WriteTo(w io.Writer) (int64, error) {
	b := []byte(fileHead)
	for e := range j.All() {
		if !strings.Contains(e.Name+e.Path, "\t") {
			b = e.appendLine(b)
		}
	}
	n, err := w.Write(b)
	return int64(n), err
}

func (e *Entry) appendLine(b []byte) []byte {
	if e.HTTPOnly {
		b = append(b, httpOnlyMark...)
	}
	if !e.HostOnly {
		b = append(b, '.')
	}
	expires := int64(0)
	if !e.Expires.IsZero() {
		expires = e.Expires.Unix()
	}
	b = append(b, e.Domain...)
	b = append(b, '\t')
	b = append(b, flag(!e.HostOnly)...)
	b = append(b, '\t')
	b = append(b, e.Path...)
	b = append(b, '\t')
	b = append(b, flag(e.Secure)...)
	b = append(b, '\t')
	b = strconv.AppendInt(b, expires, 10)
	b = append(b, '\t')
	b = append(b, e.Name...)
	b = append(b, '\t')
	b = append(b, e.Value...)
	return append(b, '\n')
}

func flag(b bool) string {
	if b {
		return "TRUE"
	}
	return "FALSE"
}

// ReadFrom adds the cookies of a file in the format of [Jar.WriteTo], in the order of its lines; one that is there already is replaced. A line that is not understood is an error that
// tells its number, and nothing is added. What the jar would not take from a server either (a public suffix, a prefix that is not obeyed) is left out and counted. It implements
// io.ReaderFrom.
func (j *Jar) ReadFrom(r io.Reader) (int64, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	switch {
	case err != nil:
		return int64(len(b)), fmt.Errorf("cookiejar: %w", err)
	case len(b) > maxFile:
		return int64(len(b)), ErrFileTooLarge
	}
	now := j.cfg.Now()
	var list []Entry
	number := 0
	for line := range strings.Lines(string(b)) {
		number++
		line = strings.TrimRight(line, "\r\n")
		rest, httpOnly := strings.CutPrefix(line, httpOnlyMark)
		if strings.TrimSpace(rest) == "" || !httpOnly && strings.HasPrefix(rest, "#") {
			continue
		}
		e, err := parseLine(rest, now)
		if err != nil {
			return int64(len(b)), fmt.Errorf("cookiejar: line %d: %w", number, err)
		}
		e.HTTPOnly = httpOnly
		list = append(list, e)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range list {
		if e.expired(now) {
			continue
		}
		if !allowed(&e, true) || !e.HostOnly && j.isSuffix(e.Domain) {
			j.stats.Refused++
			continue
		}
		e.Created = now
		j.keep(e, now)
	}
	return int64(len(b)), nil
}

// parseLine reads domain, whether what is below it belongs to it, path, whether it is secure, expiry in seconds since 1970, name and value. Errors do not show them.
func parseLine(line string, now time.Time) (e Entry, err error) {
	f := strings.SplitN(line, "\t", 7)
	if len(f) == 6 {
		f = append(f, "") // curl's for an empty value
	}
	if len(f) < 7 {
		return e, errors.New("there are not seven fields with tabs between")
	}
	below, err1 := parseFlag(f[1])
	secure, err2 := parseFlag(f[3])
	seconds, err3 := strconv.ParseFloat(f[4], 64) // Python writes none, but some browsers' extensions write fractions
	if err := errors.Join(err1, err2); err != nil {
		return e, err
	}
	if err3 != nil || seconds != seconds {
		return e, errors.New("the time of expiry is not a number")
	}
	// An address comes as it stands in a URL, or without brackets.
	o, ok := originOfHost(strings.TrimPrefix(f[0], "."))
	if !ok || !strings.HasPrefix(f[2], "/") || hasControl(f[2]) {
		return e, errors.New("the domain or the path is malformed")
	}
	e = Entry{Domain: o.host, HostOnly: !below || o.ip, Path: f[2], Secure: secure, Name: f[5], Value: f[6]}
	if latest := now.Add(maxLife); seconds >= float64(latest.Unix()) {
		e.Expires = latest
	} else if seconds != 0 {
		e.Expires = time.Unix(max(int64(seconds), 0), 0)
	}
	return e, nil
}

func parseFlag(s string) (bool, error) {
	switch s {
	case "TRUE":
		return true, nil
	case "FALSE":
		return false, nil
	}
	return false, errors.New("there is neither TRUE nor FALSE where it should be")
}

var (
	_ io.WriterTo   = (*Jar)(nil)
	_ io.ReaderFrom = (*Jar)(nil)
)
