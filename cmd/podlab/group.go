package main

import "github.com/spf13/cobra"

// newGroup is a command that only holds others: alone it prints its help, and
// it refuses what it does not know.
func newGroup(name, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },

		SuggestionsMinimumDistance: 2, // typing mistakes
	}
	c.AddCommand(commands...)
	return c
}
