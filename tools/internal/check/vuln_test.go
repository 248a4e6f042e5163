// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVuln asks a database of our own in which opening files is a vulnerability, as of all releases of Go or of an old one.
func TestVuln(t *testing.T) {
	if testing.Short() {
		t.Skip("analyses module logger")
	}
	root, err := findRoot()
	if err != nil {
		t.Skip(err)
	}
	for _, tt := range []struct{ name, events, want string }{
		{"reached", `{"introduced":"0"}`, "GO-2026-0001\n    files open\n  More info: https://example.org/GO-2026-0001"},
		{"mended", `{"introduced":"0"},{"fixed":"1.2.0"}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range map[string]string{
				"index/db.json":      `{"modified":"2026-01-02T00:00:00Z"}`,
				"index/modules.json": `[{"path":"stdlib","vulns":[{"id":"GO-2026-0001","modified":"2026-01-02T00:00:00Z"}]}]`,
				"ID/GO-2026-0001.json": `{"schema_version":"1.3.1","id":"GO-2026-0001","modified":"2026-01-02T00:00:00Z","published":"2026-01-02T00:00:00Z","summary":"files open",` +
					`"details":"Files can be opened.","database_specific":{"url":"https://example.org/GO-2026-0001"},"affected":[{"package":{"name":"stdlib","ecosystem":"Go"},"ranges":[{"type":"SEMVER","events":[` + tt.events + `]}],` +
					`"ecosystem_specific":{"imports":[{"path":"os","symbols":["OpenFile"]}]}}]}`,
			} {
				file := filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			db := url.URL{Scheme: "file", Path: "/" + strings.TrimPrefix(filepath.ToSlash(dir), "/")}
			c := &checker{ctx: t.Context(), root: root, options: options{modules: []string{"logger"}, vulnDB: db.String()}}
			var out bytes.Buffer
			err := c.vuln(&out)
			if found := err != nil; found != (tt.want != "") || !strings.Contains(out.String(), tt.want) {
				t.Errorf("%v, want %q in\n%s", err, tt.want, out.String())
			}
		})
	}
}
