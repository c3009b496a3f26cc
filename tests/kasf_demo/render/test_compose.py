"""Whole frames: what is drawn, what is not, and that buffers are reused without leaving anything behind."""

import numpy as np
import pytest

from kasf_demo.errors import UsageError
from kasf_demo.render.compose import Composer, RenderOptions
from kasf_demo.render.style import BACKGROUND
from kasf_demo.types.clip import Frame
from kasportsformer.skeleton import H36M

HEADER_PX = 60  # of a 720 px panel: above the scene
SIDE, OVERLAY, ONLY_3D = (RenderOptions(layout=name) for name in ("side", "overlay", "3d"))


@pytest.mark.parametrize(
    "size",
    [(1280, 720), (720, 1280), (160, 120), (4096, 16), (16, 4096), (1, 1), (641, 359)],
    ids=lambda s: f"{s[0]}x{s[1]}",
)
@pytest.mark.parametrize("layout", ["side", "overlay", "3d"])
def test_any_size_gives_an_even_picture(person, figure, times_s, clip_info, frame, size, layout):
    composer = Composer(
        [person(figure(times_s), times_s, size=size)],
        clip_info(*size),
        times_s,
        RenderOptions(layout=layout),
        caption="x",
    )
    picture = composer.draw(frame(3, *size))
    assert picture.shape == (composer.size[1], composer.size[0], 3)
    assert picture.dtype == np.uint8
    assert composer.size[0] % 2 == composer.size[1] % 2 == 0


def test_the_buffer_is_reused_and_nothing_stays_behind(person, figure, times_s, clip_info, frame):
    people = [person(figure(times_s, speed=1.0, jump_m=0.4), times_s)]
    composer = Composer(people, clip_info(1280, 720), times_s, SIDE)
    first = composer.draw(frame(5))
    kept = first.copy()
    second = composer.draw(frame(40))
    assert second is first
    assert not np.array_equal(second, kept)
    assert np.array_equal(composer.draw(frame(5)), kept)
    assert np.array_equal(Composer(people, clip_info(1280, 720), times_s, SIDE).draw(frame(5)), kept)


def test_the_source_frame_is_not_touched(person, figure, times_s, clip_info, frame):
    source = frame(5)
    before = source.image.copy()
    Composer([person(figure(times_s), times_s)], clip_info(1280, 720), times_s, OVERLAY).draw(source)
    assert np.array_equal(source.image, before)


@pytest.mark.parametrize("index", [30, 59, 60, 1000])
def test_an_invalid_frame_shows_no_skeleton(person, figure, times_s, clip_info, frame, index):
    valid = np.arange(60) < 20
    composer = Composer([person(figure(times_s), times_s, valid=valid)], clip_info(1280, 720), times_s, SIDE)
    composer.draw(frame(5))
    picture = composer.draw(frame(index))
    assert np.array_equal(picture[:, :1280], frame(index).image)
    scene = picture[HEADER_PX:600, 1280:].astype(int)
    assert np.ptp(scene, axis=-1).max() < 45  # grey-blue only: no orange, no blue
    assert np.array_equal(scene[:200], np.broadcast_to(BACKGROUND, scene[:200].shape))


def test_nobody_at_all(times_s, clip_info, frame):
    picture = Composer([], clip_info(1280, 720), times_s, SIDE, caption="no person found").draw(frame(0))
    assert np.array_equal(picture[:, :1280], frame(0).image)


@pytest.mark.parametrize("side", ["l", "r"])
@pytest.mark.parametrize("layout", ["overlay", "3d"])
def test_sides_have_their_colours(person, figure, times_s, clip_info, frame, side, layout):
    someone = person(figure(times_s, heading_deg=-90), times_s)  # faces the source camera
    composer = Composer([someone], clip_info(1280, 720), times_s, RenderOptions(layout=layout, view=(12, -90)))
    picture = composer.draw(Frame(4, 4 / 30, np.full((720, 1280, 3), 128, np.uint8)))
    for part in ("wrist", "knee", "ankle"):
        joint = H36M[f"{side}_{part}"]
        if layout == "overlay":
            x, y = someone.h36m.xy[4, joint] - 0.5
        else:
            x, y = composer._panel.scene(0).view.project(4, someone.pose.xyz[4, joint])[0] + (0, composer._panel._top)
        red, _, blue = picture[round(y), round(x)].astype(int)
        assert (blue - red if side == "l" else red - blue) > 25


def test_a_jump_rises_by_its_pixels_and_the_grid_stays(person, figure, times_s, clip_info, frame):
    someone = person(figure(times_s, jump_m=0.6, stride=0.0), times_s)
    composer = Composer([someone], clip_info(1280, 720), times_s, ONLY_3D)
    ground, air = composer.draw(frame(0)).copy(), composer.draw(frame(15)).copy()

    def head_top(picture):  # the head is the only bright grey thing below the header
        bright = (picture[HEADER_PX:] > 140).all(-1) & (np.ptp(picture[HEADER_PX:].astype(int), axis=-1) < 25)
        return np.flatnonzero(bright.sum(1) > 8)[0]

    neck_head = someone.pose.xyz[[0, 15]][:, [9, 10]].mean(1)
    view = composer._panel.scene(0).view
    expected = view.project(0, neck_head[0])[0][1] - view.project(15, neck_head[1])[0][1]
    assert expected > 100
    assert head_top(ground) - head_top(air) == pytest.approx(expected, abs=3)
    assert np.array_equal(ground[HEADER_PX:, :450], air[HEADER_PX:, :450])
    assert np.array_equal(ground[HEADER_PX:, -450:], air[HEADER_PX:, -450:])


def test_low_scores_and_interpolated_frames_are_fainter(person, figure, times_s, clip_info):
    grey = Frame(8, 8 / 30, np.full((720, 1280, 3), 128, np.uint8))
    marks = np.zeros(60, bool)
    marks[8] = True

    def ink(**how):
        composer = Composer([person(figure(times_s), times_s, **how)], clip_info(1280, 720), times_s, OVERLAY)
        return np.abs(composer.draw(grey).astype(int) - 128).sum()

    sure = ink()
    assert 0 < ink(score=np.full((60, 17), 0.15)) < 0.5 * sure
    assert 0 < ink(interpolated=marks) < 0.7 * sure


def test_two_people_are_numbered(person, figure, times_s, clip_info, frame):
    def people(ids):
        return [
            person(figure(times_s) + np.array([i * 1.2, 0, 0]), times_s, ident=ident) for i, ident in enumerate(ids)
        ]

    pictures = [Composer(people(ids), clip_info(1280, 720), times_s, SIDE).draw(frame(5)) for ids in ((1, 2), (1, 3))]
    assert not np.array_equal(pictures[0][:, :1280], pictures[1][:, :1280])
    assert not np.array_equal(pictures[0][:, 1280:], pictures[1][:, 1280:])


def test_keypoints_far_outside_the_picture(person, figure, times_s, clip_info, frame):
    xyz = figure(times_s)
    xyz[10:20] *= 1e5
    picture = Composer([person(xyz, times_s)], clip_info(1280, 720), times_s, SIDE).draw(frame(12))
    assert picture.shape == (720, 2000, 3)


def test_a_hostile_caption(times_s, clip_info, frame):
    caption = "$\\frac{1}{2$ \x1b[31m 日本 " + "long " * 200 + "x" * 500
    Composer([], clip_info(640, 480), times_s, SIDE, caption=caption).draw(frame(0, 640, 480))


@pytest.mark.parametrize(
    "how", [{"layout": "both"}, {"view": (float("nan"), 0)}, {"view": (100, 0)}, {"max_height_px": 100}]
)
def test_options_that_cannot_be_drawn(how):
    with pytest.raises(UsageError):
        RenderOptions(**how)


@pytest.mark.parametrize("elev", [-90, -20, 0, 90])
def test_extreme_views(person, figure, times_s, clip_info, frame, elev):
    Composer([person(figure(times_s), times_s)], clip_info(320, 240), times_s, RenderOptions(view=(elev, 30))).draw(
        frame(3, 320, 240)
    )


def test_a_view_that_turns_over_the_clip(person, figure, times_s, clip_info, frame):
    """Floor, shadow and body turn together: half a turn later the same pose is seen from behind, its shadow still under
    it."""
    someone = person(np.repeat(figure(times_s[:1]), len(times_s), axis=0), times_s)
    azimuth = np.linspace(-90, 90, len(times_s))
    composer = Composer([someone], clip_info(320, 240), times_s, RenderOptions(layout="3d", view=(12.0, azimuth)))
    first, last = composer.draw(frame(0, 320, 240)).copy(), composer.draw(frame(len(times_s) - 1, 320, 240)).copy()
    assert np.abs(first.astype(int) - last).max() > 50
    view = composer._panel.scene(0).view
    ends = [view.project(t, someone.pose.xyz[t, [3, 6]])[0] for t in (0, len(times_s) - 1)]
    assert np.sign(ends[0][0, 0] - ends[0][1, 0]) == -np.sign(ends[1][0, 0] - ends[1][1, 0])
    fixed = Composer([someone], clip_info(320, 240), times_s, RenderOptions(layout="3d", view=(12.0, -90.0)))
    assert fixed.draw(frame(0, 320, 240)).shape == first.shape
