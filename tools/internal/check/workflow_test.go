// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package check

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A workflow is a file of .github/workflows, as far as the tests look at it.
type workflow struct {
	file        string
	text        string
	On          yaml.Node
	Permissions map[string]string
	Env         map[string]string
	Defaults    struct{ Run struct{ Shell string } }
	Jobs        map[string]*job
}

type job struct {
	Needs       list
	If          string
	RunsOn      string `yaml:"runs-on"`
	Timeout     int    `yaml:"timeout-minutes"`
	Permissions map[string]string
	Environment string
	Strategy    struct{ Matrix map[string]yaml.Node }
	Container   struct{ Image, Options string }
	Outputs     map[string]string
	Steps       []*workflowStep
}

type workflowStep struct {
	ID, If, Uses, Run string
	With, Env         map[string]string
}

// A list is one string or several.
type list []string

func (l *list) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*l = list{n.Value}
		return nil
	}
	return n.Decode((*[]string)(l))
}

// workflows reads all of them; a field that is spelled wrong, or that the tests do not know yet, is for actionlint to tell.
func workflows(t *testing.T) (root string, all map[string]*workflow) {
	t.Helper()
	root, err := findRoot()
	if err != nil {
		t.Skip(err)
	}
	files, err := filepath.Glob(filepath.Join(root, ".github", "workflows", "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no workflows: %v", err)
	}
	all = map[string]*workflow{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		w := &workflow{file: filepath.Base(name), text: string(text)}
		if err := yaml.Unmarshal(text, w); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[strings.TrimSuffix(w.file, ".yml")] = w
	}
	return root, all
}

// matrix returns the values of one axis of a job's matrix. What another job computes is no list: then dynamic is the expression.
func (j *job) matrix(axis string) (values []string, dynamic string, err error) {
	node, ok := j.Strategy.Matrix[axis]
	switch {
	case !ok:
		return nil, "", fmt.Errorf("the matrix has no %s", axis)
	case node.Kind == yaml.ScalarNode:
		return nil, node.Value, nil
	}
	err = node.Decode(&values)
	return values, "", err
}

// A command is one line of a step that runs a program of this repository.
type command struct {
	where   string
	job     *job
	program string // "check" or "release"
	args    []string
}

var (
	goRun    = regexp.MustCompile(`go run \./tools/cmd/(\w+)([^)\n]*)`)
	argument = regexp.MustCompile(`\$\{\w+:\+([^}]*)\}|"[^"]*"|\S+`)
	variable = regexp.MustCompile(`^"?\$(\w+)"?$`)
	ofMatrix = regexp.MustCompile(`^\$\{\{ matrix\.(\w+) \}\}$`)
)

// commands returns those of all workflows, with the values of a matrix for the variables that stand for them: one command for each.
func commands(t *testing.T, all map[string]*workflow) []command {
	t.Helper()
	var found []command
	for _, w := range all {
		for name, j := range w.Jobs {
			for _, s := range j.Steps {
				for _, m := range goRun.FindAllStringSubmatch(s.Run, -1) {
					c := command{w.file + ": " + name + ": " + m[0], j, m[1], nil}
					line := regexp.MustCompile(`\$\{\w+:\+([^}]*)\}`).ReplaceAllString(m[2], "$1")
					variants := [][]string{nil}
					for _, arg := range argument.FindAllString(line, -1) {
						values := []string{strings.Trim(arg, `"`)}
						if v := variable.FindStringSubmatch(arg); v != nil {
							values = valuesOf(t, c.where, w, j, s, v[1])
						}
						var longer [][]string
						for _, before := range variants {
							for _, value := range values {
								longer = append(longer, append(slices.Clone(before), value))
							}
						}
						variants = longer
					}
					for _, c.args = range variants {
						found = append(found, c)
					}
				}
			}
		}
	}
	return found
}

// samples are what somebody may enter.
var samples = map[string]string{"${{ inputs.modules }}": "core,web", "${{ inputs.set }}": "core=v1.2.0,web=v1.3.0"}

// valuesOf tells what a variable may be: the values of a matrix, the default of an input, or "" for what is known only when the workflow runs.
func valuesOf(t *testing.T, where string, w *workflow, j *job, s *workflowStep, name string) []string {
	t.Helper()
	text, ok := s.Env[name]
	if !ok {
		text, ok = w.Env[name]
	}
	if !ok {
		t.Errorf("%s: nothing gives $%s a value", where, name)
		return []string{""}
	}
	if m := ofMatrix.FindStringSubmatch(text); m != nil {
		values, dynamic, err := j.matrix(m[1])
		if err != nil {
			t.Errorf("%s: $%s: %v", where, name, err)
		}
		if dynamic == "" {
			return values
		}
	}
	if m := regexp.MustCompile(`\|\| '([^']*)' \}\}$`).FindStringSubmatch(text); m != nil {
		return []string{m[1]}
	}
	return []string{samples[text]}
}
