/** A link that adds an item to the reader's profile. */

import { lastProfile, liking, profileAddress } from '../profile.js';
import { Icon } from './icons.js';

/** Leads to the profile with the item in it; says so where it is there already. */
export function LikeLink({ itemId }: { itemId: string }) {
  const profile = lastProfile();
  const isLiked = profile.liked.includes(itemId);
  return (
    <a class="button primary" href={profileAddress(isLiked ? profile : liking(profile, itemId))}>
      <Icon name="heart" /> {isLiked ? 'In your profile' : 'Add to your profile'}
    </a>
  );
}
