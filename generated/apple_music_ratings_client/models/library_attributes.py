from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.artwork import Artwork
    from ..models.play_parameters import PlayParameters


T = TypeVar("T", bound="LibraryAttributes")


@_attrs_define
class LibraryAttributes:
    """The attributes by which a user recognizes a library item.

    Attributes:
        name (str | Unset): The name of the item.
        artist_name (str | Unset): The artist's name; playlists have none.
        album_name (str | Unset): The name of the album; songs and music videos only.
        artwork (Artwork | Unset): A picture.
        play_params (PlayParameters | Unset): The parameters that a player needs to play the item.
        date_added (str | Unset): When the item was added to the library, as a date and time; albums and playlists only.
        in_favorites (bool | Unset): Whether the item is a favorite; only if requested with `extend`.
    """

    name: str | Unset = UNSET
    artist_name: str | Unset = UNSET
    album_name: str | Unset = UNSET
    artwork: Artwork | Unset = UNSET
    play_params: PlayParameters | Unset = UNSET
    date_added: str | Unset = UNSET
    in_favorites: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        artist_name = self.artist_name

        album_name = self.album_name

        artwork: dict[str, Any] | Unset = UNSET
        if not isinstance(self.artwork, Unset):
            artwork = self.artwork.to_dict()

        play_params: dict[str, Any] | Unset = UNSET
        if not isinstance(self.play_params, Unset):
            play_params = self.play_params.to_dict()

        date_added = self.date_added

        in_favorites = self.in_favorites

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if name is not UNSET:
            field_dict["name"] = name
        if artist_name is not UNSET:
            field_dict["artistName"] = artist_name
        if album_name is not UNSET:
            field_dict["albumName"] = album_name
        if artwork is not UNSET:
            field_dict["artwork"] = artwork
        if play_params is not UNSET:
            field_dict["playParams"] = play_params
        if date_added is not UNSET:
            field_dict["dateAdded"] = date_added
        if in_favorites is not UNSET:
            field_dict["inFavorites"] = in_favorites

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name", UNSET)

        artist_name = d.pop("artistName", UNSET)

        album_name = d.pop("albumName", UNSET)

        _artwork = d.pop("artwork", UNSET)
        artwork: Artwork | Unset
        if _artwork is UNSET:
            artwork = UNSET
        else:
            artwork = Artwork.from_dict(_artwork)

        _play_params = d.pop("playParams", UNSET)
        play_params: PlayParameters | Unset
        if _play_params is UNSET:
            play_params = UNSET
        else:
            play_params = PlayParameters.from_dict(_play_params)

        date_added = d.pop("dateAdded", UNSET)

        in_favorites = d.pop("inFavorites", UNSET)

        library_attributes = cls(
            name=name,
            artist_name=artist_name,
            album_name=album_name,
            artwork=artwork,
            play_params=play_params,
            date_added=date_added,
            in_favorites=in_favorites,
        )

        library_attributes.additional_properties = d
        return library_attributes

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties


from ..models.artwork import Artwork  # noqa: E402
from ..models.play_parameters import PlayParameters  # noqa: E402
