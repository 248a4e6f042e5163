// Copyright (c) 2026 The Torsion authors
// SPDX-License-Identifier: MIT

package release

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// errFound ends a command that has told already what is wrong.
var errFound = errors.New("something is wrong")

// errUsage is for command lines that make no sense.
type errUsage struct{ error }

// Main runs the program with the given arguments in the repository at or above the working directory. It returns the exit status: 0, 1 when something is wrong,
// 2 for a usage error.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cmd := command()
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	var usage errUsage
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFound):
		return 1
	case errors.As(err, &usage), strings.HasPrefix(err.Error(), "unknown "):
		fmt.Fprintf(stderr, "release: error: %v\nrelease: hint: see release --help\n", err)
		return 2
	}
	fmt.Fprintf(stderr, "release: error: %s\n", strings.TrimPrefix(err.Error(), "release: "))
	return 1
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "release",
		Short:         "Release the modules of this repository, one by one",
		Long:          "Release plans, checks and tags the versions of the modules of this repository. Nothing is pushed, and nothing needs the network.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().StringP("dir", "C", ".", "the repository, or a folder in it")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return errUsage{err} })
	root.AddCommand(affectedCommand(), checkCommand(), skewCommand(), tidyCommand(), planCommand(), tagCommand(), retractCommand())
	return root
}

func checkCommand() *cobra.Command {
	var o CheckOptions
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Build every module as its users will, alone and out of its zip file",
		Long: `Check packs each module as the zip file that a module proxy would serve, released versions from their tags and changed modules from the tree. With these, an
empty module cache and no workspace it builds, vets, tidies and tests every module. It also holds imports, api.txt and CHANGELOG.md to their rules.
Modules of others come from the present module cache, and from where GOPROXY says if that lacks one; with GOPROXY=off there is no network.`,
		Example: "  release check\n  release check --modules core,web --no-tests\n  release check --no-tests --since origin/main",
		Args:    noArgs,
		RunE: inRepo(func(cmd *cobra.Command, r *Repo, _ []string) error {
			o.Out = cmd.OutOrStdout()
			problems, err := r.Check(cmd.Context(), o)
			if err != nil {
				return err
			}
			fmt.Fprintf(o.Out, "%d modules, %d problems\n", len(r.Modules), len(problems))
			if len(problems) > 0 {
				return errFound
			}
			return nil
		}),
	}
	cmd.Flags().StringSliceVar(&o.Modules, "modules", nil, "build only these, separated by commas")
	cmd.Flags().BoolVar(&o.NoTests, "no-tests", false, "build, vet and tidy only")
	cmd.Flags().StringVar(&o.Since, "since", "", "demand entries in CHANGELOG.md for what changed since this `REVISION`, too")
	cmd.Flags().BoolVar(&o.NoAPI, "no-api", false, "leave out imports, api.txt and CHANGELOG.md")
	return cmd
}

func affectedCommand() *cobra.Command {
	var since string
	cmd := &cobra.Command{
		Use:   "affected",
		Short: "Print which modules have to be tested again, as JSON",
		Long: `Affected prints the folders of the modules that changed since a revision and of those that import them, as an array in JSON on one line: what the matrix of a
workflow is made of. Without --since it prints all.`,
		Example: "  release affected --since origin/main",
		Args:    noArgs,
		RunE: inRepo(func(cmd *cobra.Command, r *Repo, _ []string) error {
			dirs, err := r.Affected(cmd.Context(), since)
			if err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(append([]string{}, dirs...)) // [] rather than null
		}),
	}
	cmd.Flags().StringVar(&since, "since", "", "what changed since this `REVISION`, or since the branches parted; all, if it is empty")
	return cmd
}

func skewCommand() *cobra.Command {
	var o SkewOptions
	cmd := &cobra.Command{
		Use:   "skew",
		Short: "Try each module as it was last released with the others as they are now",
		Long: `Skew builds, vets and tests each released module, as its last tag has it, with the other modules packed from the tree: what a user has who raises one module
and not the others. A module that meets nothing newer than it was released with is left out.`,
		Example: "  release skew\n  release skew --modules web --no-tests",
		Args:    noArgs,
		RunE: inRepo(func(cmd *cobra.Command, r *Repo, _ []string) error {
			o.Out = cmd.OutOrStdout()
			tried, problems, err := r.Skew(cmd.Context(), o)
			if err != nil {
				return err
			}
			fmt.Fprintf(o.Out, "%d released modules tried, %d problems\n", tried, len(problems))
			if len(problems) > 0 {
				return errFound
			}
			return nil
		}),
	}
	cmd.Flags().StringSliceVar(&o.Modules, "modules", nil, "try only these, separated by commas")
	cmd.Flags().BoolVar(&o.NoTests, "no-tests", false, "build and vet only")
	return cmd
}

func tidyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "tidy",
		Short: "Put go.mod and go.sum of every module in order",
		Long: `Tidy is "go mod tidy" for modules that leave out the other modules of the repository between releases. It prints the files that it changed. Versions that no
go.mod names yet come from the present module cache: use "go get" before, to choose them.`,
		Example: "  release tidy",
		Args:    noArgs,
		RunE: inRepo(func(cmd *cobra.Command, r *Repo, _ []string) error {
			changed, err := r.Tidy(cmd.Context(), func(text string) { fmt.Fprintln(cmd.ErrOrStderr(), text) })
			for _, file := range changed {
				fmt.Fprintln(cmd.OutOrStdout(), file)
			}
			return err
		}),
	}
}

func planCommand() *cobra.Command {
	var o PlanOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what changed since the last tags, and the next versions",
		Long: `Plan shows for each module the last tag, what changed since, the next version that the difference of the exported surfaces asks for, and what its go.mod will
require of the other modules. The exit status is 1 where something keeps the plan from being carried out.`,
		Example: "  release plan\n  release plan --json\n  release plan --modules core --set web=v1.3.0",
		Args:    noArgs,
		RunE: inRepo(func(cmd *cobra.Command, r *Repo, _ []string) error {
			plan, err := r.Plan(cmd.Context(), o, func(text string) { fmt.Fprintln(cmd.ErrOrStderr(), text) })
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				err = enc.Encode(plan)
			} else {
				err = plan.Write(cmd.OutOrStdout())
			}
			if err == nil && len(plan.Wrong()) > 0 {
				return errFound
			}
			return err
		}),
	}
	planFlags(cmd, &o)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func planFlags(cmd *cobra.Command, o *PlanOptions) {
	cmd.Flags().StringSliceVar(&o.Modules, "modules", nil, "release these, separated by commas, instead of all whose code changed")
	cmd.Flags().StringToStringVar(&o.Versions, "set", nil, "give `MODULE=VERSION` instead of what the changes ask for")
}

func tagCommand() *cobra.Command {
	var o TagOptions
	cmd := &cobra.Command{
		Use:   "tag",
		Short: "Make the release commit and its annotated tags, or nothing",
		Long: `Tag writes the require lines between the modules, go.sum and CHANGELOG.md into a commit of a copy of the repository, tags it once for each released module, and
checks what users would get from these tags. Only if all is well do branch and tags appear here, all at once. A second commit takes the require lines out again,
so that the workspace builds without the network. The tree has to be clean. Nothing is pushed.`,
		Example: "  release tag --dry-run\n  release tag\n  release tag --modules core,web",
		Args:    noArgs,
		RunE: inRepo(func(cmd *cobra.Command, r *Repo, _ []string) error {
			o.Out = cmd.OutOrStdout()
			made, err := r.Tag(cmd.Context(), o)
			if err != nil {
				return err
			}
			if o.DryRun {
				fmt.Fprintf(o.Out, "a dry run: nothing was changed; without --dry-run these tags would be made: %s\n", strings.Join(made.Tags, " "))
				return nil
			}
			fmt.Fprintf(o.Out, "tagged %s at %.12s\nto publish: git push --atomic origin %s %s\n", strings.Join(made.Tags, " "), made.Commit, made.Branch, strings.Join(made.Tags, " "))
			return nil
		}),
	}
	planFlags(cmd, &o.PlanOptions)
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "do everything in a copy and leave the repository as it is")
	cmd.Flags().BoolVar(&o.NoTests, "no-tests", false, "check without running the tests, where they ran before")
	return cmd
}

func retractCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "retract MODULE VERSION --reason TEXT",
		Short: "Take a bad version back, for the next release to tell",
		Long: `Retract writes a retract line to the module's go.mod and an entry to CHANGELOG.md. Commit both and release the module again: the go command then avoids the
version and shows the reason to those who have it. The tag itself stays: what a proxy has served once cannot be moved.`,
		Example: "  release retract core v1.2.1 --reason \"closes connections too early\"",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errUsage{errors.New("retract takes a module and a version")}
			}
			return nil
		},
		RunE: inRepo(func(cmd *cobra.Command, r *Repo, args []string) error {
			return r.Retract(cmd.Context(), args[0], args[1], reason)
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "what is wrong with the version (required)")
	return cmd
}

func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return errUsage{fmt.Errorf("unexpected argument %q", args[0])}
	}
	return nil
}

// inRepo runs a command with the repository.
func inRepo(run func(cmd *cobra.Command, r *Repo, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		r, err := open(cmd)
		if err != nil {
			return err
		}
		return run(cmd, r, args)
	}
}

// open reads the repository at or above the folder that --dir names.
func open(cmd *cobra.Command) (*Repo, error) {
	dir, err := filepath.Abs(cmd.Flag("dir").Value.String())
	if err != nil {
		return nil, err
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.work")); err == nil {
			return Open(cmd.Context(), at)
		}
		if at == filepath.Dir(at) {
			return nil, fmt.Errorf("release: no go.work at or above %s: run this inside the repository", dir)
		}
	}
}
