package embedded

import "context"

func (p *Provider) applyAddons(context.Context) error { return nil }
