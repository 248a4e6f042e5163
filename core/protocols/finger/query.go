// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package finger

import (
	"errors"
	"strings"
)

// MaxQuery bounds a query, in bytes without its end.
const MaxQuery = 512

// A Query is what a client asks: RFC 1288 section 2.3. The zero Query asks for the list of users.
type Query struct {
	// Verbose is whether the query began with /W.
	Verbose bool
	// User is the name asked for; "" asks for the list of users.
	User string
	// Hosts are those that the query is to be forwarded through, as written: user@b@a has b and a, and goes to a with user@b. None means this host.
	Hosts []string
}

var errQuery = errors.New("finger: the query has a control character or an empty host")

// ParseQuery reads a query without its end of line.
func ParseQuery(line string) (Query, error) {
	var q Query
	if strings.ContainsFunc(line, control) || len(line) > MaxQuery {
		return q, errQuery
	}
	line = strings.Trim(line, " ")
	if rest, ok := strings.CutPrefix(line, "/W"); ok && (rest == "" || rest[0] == ' ') {
		q.Verbose, line = true, strings.TrimLeft(rest, " ")
	} else if rest, ok := strings.CutPrefix(line, "/w"); ok && (rest == "" || rest[0] == ' ') {
		q.Verbose, line = true, strings.TrimLeft(rest, " ")
	}
	user, hosts, found := strings.Cut(line, "@")
	q.User = user
	if !found {
		return q, nil
	}
	q.Hosts = strings.Split(hosts, "@")
	for _, h := range q.Hosts {
		if h == "" {
			return Query{}, errQuery
		}
	}
	return q, nil
}

func control(r rune) bool { return r < ' ' || r == 0x7f || 0x80 <= r && r < 0xa0 }

// String returns the query as a line without its end.
func (q Query) String() string {
	var b strings.Builder
	if q.Verbose {
		b.WriteString("/W")
		if q.User != "" || len(q.Hosts) > 0 {
			b.WriteByte(' ')
		}
	}
	b.WriteString(q.User)
	for _, h := range q.Hosts {
		b.WriteString("@" + h)
	}
	return b.String()
}

// Next returns the host that the query is to be forwarded to, the last one, and the query to send there.
func (q Query) Next() (host string, rest Query) {
	if len(q.Hosts) == 0 {
		return "", q
	}
	last := len(q.Hosts) - 1
	host, q.Hosts = q.Hosts[last], q.Hosts[:last:last]
	return host, q
}

// clean returns text with CRLF at the ends of lines and a question mark for each other control character but the tab.
func clean(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.Map(func(r rune) rune {
		if control(r) && r != '\n' && r != '\t' {
			return '?'
		}
		return r
	}, text)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return strings.ReplaceAll(text, "\n", "\r\n")
}

// lines returns a cleaned text with \n at the ends of lines.
func lines(text string) string { return strings.ReplaceAll(clean(text), "\r\n", "\n") }
