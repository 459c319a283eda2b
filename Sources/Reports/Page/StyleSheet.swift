/// The look of every page. Colours have meanings (`Palette`), and every pair of text and ground has a contrast of at least 4.5.
enum StyleSheet {
    static let text = """
        :root { color-scheme: light dark;
          --paper: #ffffff; --panel: #f5f7fa; --ink: #1c2430; --muted: #5b6675; --rule: #d5dbe3;
          --accent: #0072b2; --positive: #0072b2; --negative: #d55e00; --truth: #00795a; --warn: #8a4b00; --warn-panel: #fff4e5;
          --ramp0: #f0b429; --ramp1: #dd7c3c; --ramp2: #b8487a; --ramp3: #75309a; --ramp4: #2a1a7a; --absent: #9aa5b1; }
        @media (prefers-color-scheme: dark) { :root {
          --paper: #12161c; --panel: #1b212a; --ink: #e8ecf1; --muted: #a3afbd; --rule: #323b47;
          --accent: #56b4e9; --positive: #56b4e9; --negative: #f0914a; --truth: #35c79b; --warn: #ffc27a; --warn-panel: #33271a;
          --ramp0: #5a4fd0; --ramp1: #a04fc0; --ramp2: #dd5f95; --ramp3: #f59a5c; --ramp4: #ffe08a; --absent: #76828f; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 16px/1.6 system-ui, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
        main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 64px; }
        h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 8px; }
        h2 { font-size: 1.4rem; margin: 48px 0 8px; padding-top: 12px; border-top: 1px solid var(--rule); }
        h3 { font-size: 1.1rem; margin: 28px 0 4px; }
        p { max-width: 75ch; margin: 8px 0 14px; }
        .lead { font-size: 1.15rem; color: var(--muted); }
        nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 16px 0; }
        a { color: var(--accent); }
        .callout { border-left: 4px solid var(--accent); background: var(--panel); padding: 10px 16px; }
        .callout.warning { border-color: var(--negative); background: var(--warn-panel); color: var(--warn); }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 16px; margin: 16px 0 20px; }
        .card { background: var(--panel); border-top: 4px solid var(--muted); padding: 12px 18px 14px; }
        .card h3 { margin: 2px 0 8px; }
        .card p { margin: 6px 0; font-size: .95rem; }
        .card .badge { font-weight: 600; font-size: .85rem; margin: 0; color: var(--muted); }
        .card.good { border-color: var(--truth); } .card.good .badge { color: var(--truth); }
        .card.bad { border-color: var(--negative); } .card.bad .badge { color: var(--warn); }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 24px; align-items: start; }
        figure { margin: 12px 0; }
        figure svg { width: 100%; height: auto; display: block; }
        figcaption { color: var(--muted); font-size: .9rem; max-width: 70ch; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; margin: 12px 0 20px; font-variant-numeric: tabular-nums; font-size: .95rem; }
        th, td { padding: 6px 14px 6px 0; text-align: left; border-bottom: 1px solid var(--rule); vertical-align: top; }
        th { font-weight: 600; color: var(--muted); }
        .number { text-align: right; white-space: nowrap; }
        th.number { white-space: normal; vertical-align: bottom; }
        td:first-child { min-width: 11em; }
        pre { background: var(--panel); padding: 12px 16px; overflow-x: auto; font-size: .9rem; }
        footer { margin-top: 56px; color: var(--muted); font-size: .85rem; overflow-wrap: anywhere; }
        @media print { main { max-width: none; padding: 0; } nav { display: none; } h2 { break-after: avoid; } figure, table, .callout, .card { break-inside: avoid; } }
        """
}
