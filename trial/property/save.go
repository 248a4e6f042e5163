// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package property

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// header is the first line of a saved case.
const header = "torsion property v1"

// maxSaved is how many bytes of a saved case are read.
const maxSaved = 4 << 20

type savedCase struct {
	name    string
	choices []uint64
}

// folder returns where the cases of a test are saved, or "".
func (c *Config) folder(test string) string {
	if c.Dir == "-" {
		return ""
	}
	return filepath.Join(filepath.FromSlash(c.Dir), filepath.FromSlash(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"\|?*`, r) || r < ' ' {
			return '_'
		}
		return r
	}, strings.ReplaceAll(test, "..", "__"))))
}

func (c *Config) load(test string) ([]savedCase, error) {
	dir := c.folder(test)
	if dir == "" {
		return nil, nil
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.case"))
	if err != nil {
		return nil, nil // a name that is no pattern was never saved
	}
	var all []savedCase
	for _, name := range names {
		choices, err := readCase(name, c.Choices)
		if err != nil {
			return nil, fmt.Errorf("property: a saved case: %w", err)
		}
		all = append(all, savedCase{name, choices})
	}
	return all, nil
}

func readCase(name string, limit int) ([]uint64, error) {
	if info, err := os.Stat(name); err != nil {
		return nil, err
	} else if info.Size() > maxSaved {
		return nil, fmt.Errorf("%s: %d bytes are more than a case takes", name, info.Size())
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	choices, err := parseCase(string(text), limit)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return choices, nil
}

func parseCase(text string, limit int) ([]uint64, error) {
	body, ok := strings.CutPrefix(text, header+"\n")
	if !ok {
		return nil, fmt.Errorf("the first line is not %q", header)
	}
	choices := []uint64{}
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, field := range strings.Fields(line) {
			v, err := strconv.ParseUint(field, 16, 64)
			if err != nil {
				return nil, err
			}
			if len(choices) == limit {
				return nil, fmt.Errorf("there are more than %d choices", limit)
			}
			choices = append(choices, v)
		}
	}
	return choices, nil
}

// save writes a case, with what is known of it as a comment, and returns the name of the file.
func (c *Config) save(test string, choices []uint64, about string) (string, error) {
	dir := c.folder(test)
	if dir == "" {
		return "", nil
	}
	var body strings.Builder
	for i, v := range choices {
		body.WriteString(strconv.FormatUint(v, 16))
		if i%24 == 23 || i == len(choices)-1 {
			body.WriteByte('\n')
		} else {
			body.WriteByte(' ')
		}
	}
	sum := fnv.New64a()
	sum.Write([]byte(body.String()))
	name := filepath.Join(dir, fmt.Sprintf("%016x.case", sum.Sum64()))
	if len(about) > 2000 {
		about = about[:2000] + "…"
	}
	var head strings.Builder
	head.WriteString(header + "\n")
	for line := range strings.Lines(about) {
		head.WriteString("# " + strings.TrimRight(line, "\r\n") + "\n")
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	return name, os.WriteFile(name, []byte(head.String()+body.String()), 0o666)
}
