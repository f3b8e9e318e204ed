"""What the cameras of the screenshots see: an archive room, drawn. A scene is a picture (SVG, which
Chromium draws), through which somebody walks."""
import subprocess

WIDTH, HEIGHT, FPS, SECONDS, HOUR_S = 1280, 720, 10, 24, 3600
PERSON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 260" width="100" height="260">
<g fill="#3a4048"><rect x="30" y="140" width="18" height="112" rx="8"/>
<rect x="53" y="140" width="18" height="112" rx="8"/></g>
<rect x="22" y="52" width="57" height="104" rx="22" fill="#54626f"/>
<rect x="14" y="60" width="15" height="84" rx="7" fill="#4a5661"/>
<rect x="72" y="60" width="15" height="84" rx="7" fill="#4a5661"/>
<circle cx="50" cy="27" r="22" fill="#b79a86"/><path d="M28 25a22 22 0 0 1 44 0z" fill="#2c2a2a"/></svg>"""


def room(content, wall="#8d9498", floor="#5f6366"):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1280 720" width="1280" height="720">'
            f'<rect width="1280" height="720" fill="{wall}"/><path d="M0 720L360 430H920L1280 720z" '
            f'fill="{floor}"/><path d="M0 0L360 130H920L1280 0z" fill="#b5babd"/>'
            f'<path d="M360 130V430M920 130V430M0 0L360 130H920L1280 0M0 720L360 430H920L1280 720" '
            f'stroke="#6f7579" stroke-width="3" fill="none"/>'
            f'<path d="M470 60h340l-30 34H500z" fill="#f2f4ee"/>{content}</svg>')


def gate():
    """Double doors with a reader beside them."""
    return room('<rect x="510" y="180" width="260" height="250" fill="#4d5a63" stroke="#2f383e" '
                'stroke-width="6"/><path d="M640 180v250" stroke="#2f383e" stroke-width="6"/>'
                '<rect x="540" y="215" width="70" height="90" fill="#9fb0b8"/>'
                '<rect x="670" y="215" width="70" height="90" fill="#9fb0b8"/>'
                '<path d="M622 320v50M658 320v50" stroke="#d6dadc" stroke-width="7"/>'
                '<rect x="800" y="290" width="36" height="58" rx="5" fill="#23282c"/>'
                '<circle cx="818" cy="304" r="6" fill="#57d27c"/>'
                '<rect x="545" y="140" width="190" height="30" fill="#e9ebe6"/>')


def shelves(x, depth, side):
    """One of the mobile shelves along a side: its front, and the boxes in it."""
    left, right = (x, x + depth) if side < 0 else (x - depth, x)
    scale = abs((left + right) / 2 - 640) / 640
    height, middle = 300 + 420 * (scale - 0.44) / 0.56, 280 + 80 * (scale - 0.44)
    y, step = middle - height / 2 + 20, height / 6
    boxes = "".join(
        f'<rect x="{left + 6:.0f}" y="{y + step * row + 8:.0f}" width="{depth - 12:.0f}" '
        f'height="{step - 14:.0f}" fill="{("#8a765a", "#75654f", "#94815f")[(row + int(x)) % 3]}"/>'
        for row in range(5))
    return (f'<rect x="{left:.0f}" y="{y:.0f}" width="{depth:.0f}" height="{step * 5 + 12:.0f}" '
            f'fill="#4b5257" stroke="#343a3e" stroke-width="4"/>{boxes}')


def aisle():
    """Between the shelves."""
    places = ((20, 120), (150, 90), (250, 64), (320, 44))
    return room("".join(shelves(x, depth, -1) + shelves(1280 - x, depth, 1)
                        for x, depth in reversed(places))
                + '<rect x="560" y="220" width="160" height="210" fill="#7d858a"/>', wall="#7f878b")


def desk():
    """Where files are read."""
    tables = "".join(f'<path d="M{x} {y}h{w}l{w // 6} {w // 5}H{x - w // 6}z" fill="#a88d68"/>'
                     f'<rect x="{x - w // 6}" y="{y + w // 5}" width="{w + w // 3}" height="14" fill="#7c6749"/>'
                     for x, y, w in ((430, 440, 150), (700, 440, 150), (280, 540, 220), (780, 540, 220)))
    windows = "".join(f'<rect x="{x}" y="180" width="120" height="150" fill="#c9d7de" stroke="#70787c" '
                      'stroke-width="5"/>' for x in (400, 580, 760))
    return room(windows + tables, wall="#a19f98", floor="#6d675f")


def yard():
    """The corridor outside."""
    return room("".join(f'<path d="M{x} {y}h{w}v{h}h-{w}z" fill="#5b6a72" stroke="#3d474c" '
                        'stroke-width="4"/>' for x, y, w, h in ((70, 170, 110, 430), (230, 190, 80, 300),
                                                                (1100, 170, 110, 430), (970, 190, 80, 300)))
                + '<rect x="590" y="250" width="100" height="180" fill="#b9c2c6"/>', wall="#99a0a3")


#        drawn  where somebody walks (ffmpeg's expressions of t), and how large
SCENES = {
    "gate": (gate, "560+70*sin(t*0.52)", "300+55*sin(t*0.26)", 1.15),
    "aisle": (aisle, "600+40*sin(t*0.4)", "260+70*sin(t*0.3)", 1.2),
    "desk": (desk, "330+25*mod(t\\,24)", "300", 1.0),
    "corridor": (yard, "580+30*sin(t*0.5)", "280", 0.9),
}


def draw(browser, svg, path, folder):
    """An SVG as PNG, what is not drawn transparent."""
    page = folder / "scene.html"
    page.write_text("<!DOCTYPE html><style>html,body{margin:0;overflow:hidden;background:transparent}"
                    f"svg{{display:block}}</style>{svg}", encoding="utf-8")
    browser.open(page)
    size = browser.evaluate("(({width, height}) => ({width, height}))("
                            "document.querySelector('svg').getBoundingClientRect())")
    browser.call("Emulation.setDefaultBackgroundColorOverride", color={"r": 0, "g": 0, "b": 0, "a": 0})
    browser.resize(int(size["width"]), int(size["height"]))
    browser.screenshot(path)


def make_footage(browser, name, codec, folder):
    """A pre-encoded film of that scene; its path."""
    scene, x, y, scale = SCENES[name]
    room_png, person_png, once, film = (folder / file for file in (
        f"{name}.png", "person.png", f"{name}-once.mkv", f"{name}.mkv"))
    draw(browser, scene(), room_png, folder)
    draw(browser, PERSON, person_png, folder)
    quality = {"h264": ["-c:v", "libx264", "-preset", "veryfast", "-x264-params",
                        f"keyint={FPS}:min-keyint={FPS}:scenecut=0:bframes=0"],
               "h265": ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params",
                        f"keyint={FPS}:min-keyint={FPS}:scenecut=0:bframes=0:log-level=error"]}[codec]
    subprocess.run(
        ["ffmpeg", "-v", "error", "-loop", "1", "-framerate", str(FPS), "-i", str(room_png), "-loop", "1",
         "-framerate", str(FPS), "-i", str(person_png), "-t", str(SECONDS), "-filter_complex",
         f"[1]scale=iw*{scale}:-1[p];[0][p]overlay=x='{x}':y='{y}',scale=960:540,format=yuv420p",
         *quality, str(once)], check=True)
    subprocess.run(["ffmpeg", "-v", "error", "-stream_loop", str(HOUR_S // SECONDS), "-i", str(once), "-c",
                    "copy", str(film)], check=True)
    return film
