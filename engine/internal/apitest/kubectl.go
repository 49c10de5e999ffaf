package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
)

// Kubectl makes a test's own executable a small kubectl when it is called by
// that name: "kubectl apply FILE" and "kubectl delete FILE" send a JSON object to
// the Server of $KUBECONFIG. Call it first in TestMain; called as kubectl it does
// not return.
func Kubectl() {
	if filepath.Base(os.Args[0]) != "kubectl" {
		return
	}
	if err := kubectl(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func kubectl(args []string) error {
	if len(args) != 2 || args[0] != "apply" && args[0] != "delete" {
		return fmt.Errorf("unknown arguments %q", args)
	}
	var config struct {
		Clusters []struct{ Cluster struct{ Server string } }
	}
	data, err := os.ReadFile(os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &config); err != nil {
		return err
	}
	object, err := os.ReadFile(args[1])
	if err != nil {
		return err
	}
	resp, err := http.Post(config.Clusters[0].Cluster.Server+"/apitest/"+args[0], "application/json", bytes.NewReader(object)) //nolint:gosec // a test's own server
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // nothing was written
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", resp.Status)
	}
	fmt.Println(args[0], args[1])
	return nil
}
